import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createGlueRegistry } from '../../lib/schema-registry/glue.ts'
import { decoderOf, type ValueFormatName, valueFormatNames, valueFormats } from '../../lib/values/index.ts'
import { openBucket } from '../../local/bucket.ts'
import { freePorts } from '../../local/ports.ts'
import { awkwardRecord } from '../support/awkward-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { startMoto } from '../support/moto.ts'
import { Cluster, until } from '../support/offline-polling.ts'
import { pythonTools } from '../support/python-tools.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

const file = new URL('../../functions/dump.ts', import.meta.url).pathname
const serializeScript = new URL('../python/serialize_values.py', import.meta.url).pathname

/** A value that Confluent's own serializer wrote, and what it is in JSON. */
interface Serialized {
  name: string
  format: ValueFormatName
  value: string
  headers: { key: string; value: string }[]
  json: string
}

/** Bytes that a decoded value may have. */
const LIMIT = 1_000_000

const registry = new TestRegistry()
let url: string
let serialized: Serialized[]

beforeAll(async () => {
  url = await registry.start()
  const python = join(await pythonTools('test/python/requirements.txt'), 'python')
  const { stdout } = await promisify(execFile)(python, [serializeScript, url])
  serialized = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
})

afterAll(() => registry.stop())

/** JSON with all digits of its whole numbers, however large. */
function canonical(json: string): unknown {
  return JSON.parse(json, (_, value, { source }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? { digits: source } : value,
  )
}

test('what Confluent’s serializers write is decoded to what their makers’ own libraries say it is', async () => {
  for (const { name, format, value, json, ...record } of serialized) {
    const headers = record.headers.map(({ key, value }) => ({ key, value: Buffer.from(value, 'base64') }))
    const decode = await decoderOf(format, { urls: [url] })?.()
    const decoded = await decode?.({ ...awkwardRecord({}), headers, value: Buffer.from(value, 'base64') }, LIMIT)
    expect({ name, json: canonical(decoded?.toString() ?? '') }).toEqual({ name, json: canonical(json) })
  }
  expect(serialized.filter(({ headers }) => headers.length > 0).length).toBeGreaterThan(5)
  const withSchemas = valueFormatNames.filter(name => valueFormats[name].hasSchemas)
  expect(new Set(serialized.map(({ format }) => format))).toEqual(new Set(withSchemas))
})

test('AWS Glue, as moto has it, gives a schema, or says that it has none', async () => {
  const moto = await startMoto()
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  Object.assign(process.env, { ...credentials, AWS_ENDPOINT_URL_GLUE: moto.endpoint })
  const glue = async (action: string, body: object) => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0'
    const headers = { authorization, 'x-amz-target': `AWSGlue.${action}`, 'content-type': 'application/x-amz-json-1.1' }
    const response = await fetch(moto.endpoint, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as Record<string, string>
  }
  try {
    const { RegistryArn: arn = '' } = await glue('CreateRegistry', { RegistryName: 'orders' })
    const SchemaDefinition = '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"}]}'
    const schema = { SchemaName: 'order', DataFormat: 'AVRO', Compatibility: 'NONE', SchemaDefinition }
    const { SchemaVersionId = '' } = await glue('CreateSchema', { RegistryId: { RegistryName: 'orders' }, ...schema })
    const registry = createGlueRegistry({ arn })
    await expect(registry.fetch(SchemaVersionId)).resolves.toEqual({
      type: 'AVRO',
      definition: SchemaDefinition,
      references: [],
    })
    const unknown = registry.fetch('00000000-0000-0000-0000-000000000000')
    await expect(unknown).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' })
  } finally {
    await moto.stop()
  }
})

describe('dump', () => {
  const cluster = new Cluster()
  let functions: FunctionProcess[] = []

  beforeAll(() => cluster.open())

  afterEach(async () => {
    await cluster.stopAll()
    await Promise.all(functions.map(function_ => function_.stop()))
    functions = []
  })

  afterAll(() => cluster.close())

  async function start(environment: Record<string, string>) {
    const name = uniqueName('registry')
    const bucket = await openBucket({ ...stack.store, bucket: name })
    const { endpoint = '', credentials } = stack.store
    const function_ = new FunctionProcess(file, {
      S3_BUCKET: name,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
      S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
      ...environment,
    })
    functions.push(function_)
    return { bucket, function_ }
  }

  test('writes what a trigger brings as JSON, after a while without the registry; what can’t be decoded goes aside', async () => {
    const [topic, abnormalDataTopic] = [await cluster.createTopic(1), await cluster.createTopic(1)]
    const orders = serialized.filter(({ format }) => format === 'avro').slice(0, 2)
    const unknown = Buffer.from('0000001267', 'hex')
    const values = [...orders.map(({ value }) => Buffer.from(value, 'base64')), Buffer.from('garbage'), unknown]
    await cluster.produce(topic, 0, [...values, { value: null }])
    registry.next.push({ status: 503, body: '' }, { status: 503, body: '' })
    const { bucket, function_ } = await start({
      FORMAT: 'jsonl',
      COMPRESSION: 'none',
      VALUE_FORMAT: 'avro',
      SCHEMA_REGISTRY_URL: url,
      ABNORMAL_DATA_TOPIC: abnormalDataTopic,
      ...clusterEnvironment('SOURCE', cluster.connection),
    })
    const { groupId } = cluster.poll(topic, async event => {
      const { error } = await function_.invoke(event)
      if (error) throw new Error(`${error.name}: ${error.message}`)
    })
    await until(async () => (await cluster.committed(groupId, topic))[0] === 5, 'all is delivered')
    const bodies = await Array.fromAsync(bucket.list(''), ({ key }) => bucket.get(key))
    const records = bodies.flatMap(body => body.toString().trim().split('\n')).map(line => JSON.parse(line))
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 4])
    expect(records.map(({ value }) => value)).toEqual([...orders.map(({ json }) => JSON.parse(json)), null])
    const aside = await readTopic(cluster.connection, abnormalDataTopic, 2)
    expect(aside.map(({ value }) => value)).toEqual([Buffer.from('garbage'), unknown])
    const codes = aside.map(record => headersAsText(record as never)['kafka-functions.error-code'])
    expect(codes).toEqual(['VALUE_UNDECODABLE', 'SCHEMA_UNKNOWN'])
  })

  test('fails the batch, and writes nothing, when the registry stays away', async () => {
    const [port] = await freePorts(1)
    const environment = {
      VALUE_FORMAT: 'avro',
      SCHEMA_REGISTRY_URL: `http://127.0.0.1:${port}`,
      FAILURE_POLICY: 'fail',
    }
    const { bucket, function_ } = await start(environment)
    const record = { topic: 'orders', partition: 0, offset: 0, timestamp: 0, value: 'AAAAAAEE' }
    const event = { eventSource: 'SelfManagedKafka', records: { 'orders-0': [record] } }
    const { error } = await function_.invoke(event, 3_000)
    expect(error?.name).toBe('SCHEMA_REGISTRY_UNAVAILABLE')
    expect(await Array.fromAsync(bucket.list(''))).toEqual([])
  })
})
