import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CloudEvent, HTTP } from 'cloudevents'
import { compressions } from '../../lib/formats/compression.ts'
import { json } from '../../lib/formats/json.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { bundleAzure } from '../../local/bundle.ts'
import { AzureProcess } from '../support/azure-process.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import type { Runtime } from '../support/function-runner.ts'
import { ServerProcess } from '../support/server-process.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

const sample = (name: string) => JSON.parse(readFileSync(new URL(`../../events/${name}.json`, import.meta.url), 'utf8'))

let bucketName: string
let bucket: ObjectStore

beforeEach(async () => {
  bucketName = uniqueName('platforms')
  bucket = await openBucket({ ...stack.store, bucket: bucketName })
})

const keys = () => Array.fromAsync(bucket.list(''), ({ key }) => key)

/** The records of all objects, and how many objects there are. */
async function dumped(): Promise<{ records: KafkaRecord[]; objects: number }> {
  const found = await keys()
  const objects = await Promise.all(found.map(async key => compressions.gzip.decompress(await bucket.get(key))))
  return { records: (await Promise.all(objects.map(bytes => json.decode(bytes)))).flat(), objects: found.length }
}

const storeVariables = (name = bucketName) => ({
  S3_BUCKET: name,
  S3_ENDPOINT: stack.store.endpoint ?? '',
  S3_ACCESS_KEY_ID: stack.store.credentials?.accessKeyId ?? '',
  S3_SECRET_ACCESS_KEY: stack.store.credentials?.secretAccessKey ?? '',
})

describe('a handler as each platform’s runtime calls it', () => {
  let running: FunctionProcess | undefined

  afterEach(async () => {
    await running?.stop()
    running = undefined
  })

  function start(name: string, variables: Record<string, string>, runtime: Runtime): FunctionProcess {
    running = new FunctionProcess(functionFile(name), variables, runtime)
    return running
  }

  test.each<[Runtime, string]>([
    ['aws', 'eventbridge-pipes'],
    ['alibaba', 'alibaba'],
    ['tencent', 'tencent'],
  ])('%s: the sample %s becomes one object per topic-partition', async (runtime, name) => {
    const dump = start('dump', storeVariables(), runtime)
    await expect(dump.invoke(sample(name))).resolves.toEqual({})
    expect(await keys()).toEqual([
      'orders/partition=0/orders+0+0000000015-0000000016.json.gz',
      'orders/partition=1/orders+1+0000000007-0000000007.json.gz',
    ])
    const batches = detectPlatform(sample(name)).toBatches(sample(name))
    expect((await dumped()).records).toEqual(batches.flatMap(({ records }) => records))
  })

  test('functiongraph: an event without offsets becomes an object named by its digest, the same one when it comes again', async () => {
    const dump = start('dump', storeVariables(), 'functiongraph')
    await dump.invoke(sample('functiongraph'))
    const [key = ''] = await keys()
    expect(key).toMatch(/^orders\/partition=-1\/orders\+-1\+digest-[0-9a-f]{32}\.json\.gz$/)
    const before = await bucket.get(key)
    await dump.invoke(sample('functiongraph'))
    expect(await keys()).toEqual([key])
    expect(await bucket.get(key)).toEqual(before)
    const client = new S3Client(stack.store)
    const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucketName, Key: key }))
    client.destroy()
    expect(Metadata).toEqual({ digest: key.slice(-40, -8), 'record-count': '3' })
    const { records } = await dumped()
    expect(records.map(({ partition, offset, timestamp }) => [partition, offset, timestamp])).toEqual(
      Array(3).fill([-1, -1, -1]),
    )
    // Another event with the same messages is another object: no record is lost.
    await dump.invoke({ ...sample('functiongraph'), event_time: 1767225601 })
    expect(await keys()).toHaveLength(2)
  })

  test('a failure is an error for the runtime, under policy fail', async () => {
    const variables = { ...storeVariables('no-such-bucket'), FAILURE_POLICY: 'fail' }
    const dump = start('dump', variables, 'alibaba')
    await expect(dump.invoke(sample('alibaba'))).resolves.toMatchObject({ error: { name: 'STORE_BUCKET_MISSING' } })
  })

  test('replicate: SCF’s template names the target, and what the events lack is null there', async () => {
    const topic = await createTopic('target')
    const [broker = ''] = stack.connections.plaintext.brokers
    const variables = { kafka_address: broker, kafka_topic_name: topic }
    for (const [runtime, name] of [['tencent', 'tencent'] as const, ['functiongraph', 'functiongraph'] as const]) {
      const replicate = start('replicate', variables, runtime)
      await expect(replicate.invoke(sample(name))).resolves.toEqual({})
      await replicate.stop()
    }
    const records = await readTopic(stack.connections.plaintext, topic, 6)
    expect(records.map(({ key }) => key?.toString() ?? null).toSorted()).toEqual(
      ['customer-7', 'customer-8', 'customer-9', null, null, null].toSorted(),
    )
  })
})

/** A record as KafkaSource sends it, with the official SDK. */
function request(partition: number, offset: number, value = `value ${partition}-${offset}`) {
  const event = new CloudEvent({
    type: 'dev.knative.kafka.event',
    source: '/apis/v1/namespaces/default/kafkasources/orders#orders',
    subject: `partition:${partition}#${offset}`,
    id: `partition:${partition}/offset:${offset}`,
    time: '2026-01-01T00:00:00.000Z',
    key: `key-${partition}`,
    partitionkey: `key-${partition}`,
    kafkaheadersource: 'web',
    datacontenttype: 'application/octet-stream',
    data: value,
  })
  const { headers, body } = HTTP.binary(event)
  return { method: 'POST', headers: headers as Record<string, string>, body: body as string }
}

describe('the container’s server', () => {
  let server: ServerProcess

  async function start(environment: Record<string, string> = {}, uid?: number) {
    server = await ServerProcess.start({ ...storeVariables(), ...environment }, undefined, uid)
    return server
  }

  afterEach(() => server.stop())

  const post = async (path: string, init: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', ...init })
    return { status: response.status, headers: response.headers, body: await response.text() }
  }

  /** Until so many records wait for their batch. */
  async function untilWaiting(count: number): Promise<void> {
    const waiting = async () => ((await (await fetch(`${server.url}/healthz`)).json()) as { waiting: number }).waiting
    while ((await waiting()) < count) await turn()
  }

  test('Knative: many requests at once become one object per partition, with each record once, byte for byte', async () => {
    // Fifty records of each partition fill its batch, in whatever order and however slowly they come.
    await start({ BATCH_SIZE: '50', BATCH_WINDOW_SECONDS: '300' })
    const places = Array.from({ length: 200 }, (_, index) => [index % 4, Math.floor(index / 4)] as const)
    const responses = await Promise.all(places.map(place => post('/', request(...place))))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([204]))
    const { records, objects } = await dumped()
    expect(objects).toBe(4)
    // Keys of objects are in the order of partitions and offsets.
    expect(records).toEqual(
      places
        .toSorted(([one, first], [other, second]) => one - other || first - second)
        .map(([partition, offset]) => ({
          topic: 'orders',
          partition,
          offset,
          timestamp: 1767225600000,
          key: Buffer.from(`key-${partition}`),
          value: Buffer.from(`value ${partition}-${offset}`),
          headers: [
            { key: 'content-type', value: Buffer.from('application/octet-stream') },
            { key: 'source', value: Buffer.from('web') },
          ],
        })),
    )
  })

  // FunctionGraph's user. Each record failed with "uv_os_homedir returned ENOENT", and was answered as a success.
  test('runs as a user that has no home, in a bare environment', async () => {
    await start({}, 1003)
    expect((await post('/', request(0, 0))).status).toBe(204)
    expect(await keys()).toHaveLength(1)
  })

  // KafkaSource repeats the requests whose answers it didn't get, which need not be neighbours.
  test('Knative: the first and last records of a batch, come again alone, leave its object as it is', async () => {
    await start({ BATCH_SIZE: '5', BATCH_WINDOW_SECONDS: '300' })
    await Promise.all([5, 6, 7, 8, 9].map(offset => post('/', request(0, offset))))
    expect(await keys()).toEqual(['orders/partition=0/orders+0+0000000005-0000000009.json.gz'])
    const again = Promise.all([5, 9].map(offset => post('/', request(0, offset))))
    await untilWaiting(2)
    await server.stop()
    expect((await again).map(({ status }) => status)).toEqual([204, 204])
    expect(await keys()).toEqual(
      ['05-0000000005', '05-0000000009', '09-0000000009'].map(
        offsets => `orders/partition=0/orders+0+00000000${offsets}.json.gz`,
      ),
    )
    const { records } = await dumped()
    expect(records.map(({ offset }) => offset)).toEqual([5, 5, 6, 7, 8, 9, 9])
  })

  // With Node's own limit of 16 KiB the server answered 431 and said nothing, and KafkaSource forgot the record.
  test('Knative: a record may have a key of hundreds of kilobytes; what is larger is refused with a line in the log', async () => {
    await start({ KNATIVE_KEY_TYPE: 'byte-array' })
    const { method, headers, body } = request(0, 0)
    const send = (bytes: number) => {
      const key = Buffer.alloc(bytes, 'k').toString('base64')
      return fetch(server.url, { method, headers: { ...headers, 'ce-key': key, 'ce-partitionkey': key }, body })
    }
    expect((await send(300_000)).status).toBe(204)
    const { records } = await dumped()
    expect(records.map(({ key }) => key?.length)).toEqual([300_000])
    // The client may still be sending when the connection is closed, and then not see the answer.
    await send(600_000).catch(() => {})
    expect(await server.stop()).toBe(0)
    expect(server.lines.join('\n')).toContain('Request refused')
  })

  test('Knative: a stop delivers what was gathered, answers all, and takes no more', async () => {
    await start({ BATCH_WINDOW_SECONDS: '300' })
    const gathered = Promise.all([0, 1, 2].map(offset => post('/', request(0, offset))))
    await untilWaiting(3)
    expect(await keys()).toEqual([])
    const code = server.stop()
    expect((await gathered).map(({ status }) => status)).toEqual([204, 204, 204])
    expect(await code).toBe(0)
    expect(await keys()).toEqual(['orders/partition=0/orders+0+0000000000-0000000002.json.gz'])
    await expect(fetch(server.url)).rejects.toThrow()
  })

  // With one bad record of 100, none was acknowledged, so that the 50 before it were sent and written again and again.
  test('Knative: under policy fail, the records before a bad one are acknowledged, and the others are not', async () => {
    await start({ FAILURE_POLICY: 'fail', VALUE_FORMAT: 'json', BATCH_SIZE: '100', BATCH_WINDOW_SECONDS: '300' })
    const values = Array.from({ length: 100 }, (_, offset) => (offset === 50 ? 'no JSON' : '{}'))
    const responses = await Promise.all(values.map((value, offset) => post('/', request(0, offset, value))))
    expect(responses.map(({ status }) => status)).toEqual([...Array(50).fill(204), ...Array(50).fill(500)])
    expect(JSON.parse(responses[50]?.body ?? '').errorType).toBe('VALUE_UNDECODABLE')
    const { records } = await dumped()
    expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 50 }, (_, offset) => offset))
  })

  test('Knative: what failed is answered with 500, to be repeated; what is no record with 400, not to be', async () => {
    await start({ S3_BUCKET: 'no-such-bucket', FAILURE_POLICY: 'fail' })
    const failed = await post('/', request(0, 0, 'the payload'))
    expect([failed.status, JSON.parse(failed.body).errorType]).toEqual([500, 'STORE_BUCKET_MISSING'])
    const other = HTTP.binary(new CloudEvent({ type: 'order.created', source: '/shop', data: 'x' }))
    const refused = await post('/', { headers: other.headers as Record<string, string>, body: other.body as string })
    expect([refused.status, JSON.parse(refused.body).errorType]).toEqual([400, 'EVENT_UNKNOWN'])
    expect((await post('/', { body: 'no CloudEvent' })).status).toBe(400)
    // With the right type and a wrong id, the error named the type alone.
    const headers = { 'ce-type': 'dev.knative.kafka.event', 'ce-id': '17' }
    expect((await post('/', { headers, body: 'no place' })).body).toContain('the ce-id \\"17\\"')
    expect((await post('/elsewhere', { body: '{}' })).status).toBe(404)
    expect(server.lines.join('\n')).not.toContain('the payload')
  })

  test('Function Compute, FunctionGraph and SCF: events at their own paths', async () => {
    await start()
    const invoke = (path: string, name: string, headers: Record<string, string> = {}) =>
      post(path, { body: JSON.stringify(sample(name)), headers })
    const alibaba = await invoke('/invoke', 'alibaba', { 'x-fc-request-id': 'r' })
    expect([alibaba.status, alibaba.headers.get('x-fc-status')]).toEqual([200, '200'])
    expect((await invoke('/invoke', 'functiongraph', { 'x-cff-request-id': 'r' })).status).toBe(200)
    expect((await invoke('/event-invoke', 'tencent')).status).toBe(200)
    expect(await keys()).toHaveLength(3)
    const refused = await post('/invoke', { body: 'no event', headers: { 'x-fc-request-id': 'r' } })
    expect([refused.status, refused.headers.get('x-fc-status')]).toEqual([404, '404'])
    expect((await post('/event-invoke', { body: '{}' })).status).toBe(500)
  })
})

describe('Azure Functions, as its worker drives the bundled app', () => {
  const trigger = {
    KAFKA_TOPIC: '2024',
    SOURCE_KAFKA_BROKERS: 'kafka-1.example.com:9096',
    SOURCE_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    SOURCE_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    SOURCE_KAFKA_USERNAME: 'bob',
    SOURCE_KAFKA_PASSWORD: 'bob-secret',
  }
  let folder: string
  let app: string
  let worker: AzureProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'azure-app-'))
    app = await bundleAzure(folder)
  })

  afterEach(() => worker.stop())
  afterAll(() => rm(folder, { recursive: true }))

  /** What the host makes of two records, the second of them a tombstone at an offset of more than 32 bits. */
  const binaryRequest = {
    inputData: [
      { name: 'records', data: { collectionBytes: { bytes: [Buffer.from('009f9296ff', 'hex'), Buffer.alloc(0)] } } },
    ],
    triggerMetadata: {
      PartitionArray: { json: '[3,3]' },
      OffsetArray: { collectionSint64: { sint64: [4_294_967_295, 4_294_967_296].map(long) } },
      TimestampArray: { json: '["2026-01-01T00:00:00Z","2026-01-01T00:00:00.001Z"]' },
      TopicArray: { collectionString: { string: ['2024', '2024'] } },
      KeyArray: { json: '["wyg=",null]' },
      HeadersArray: { json: '[[{"Key":"source","Value":"d2Vi"}],[]]' },
    },
  }

  function long(number: number) {
    return { low: number | 0, high: Math.floor(number / 2 ** 32), unsigned: false }
  }

  test('registers a Kafka trigger that is repeated until it succeeds, and hands the host no secret', async () => {
    worker = await AzureProcess.start(app, { ...storeVariables(), ...trigger })
    expect(worker.metadata).toMatchObject({
      name: 'dump',
      bindings: {
        records: {
          type: 'kafkaTrigger',
          direction: 'in',
          topic: '2024',
          brokerList: '%SOURCE_KAFKA_BROKERS%',
          protocol: 'SaslSsl',
          authenticationMode: 'ScramSha512',
          password: '%SOURCE_KAFKA_PASSWORD%',
          cardinality: 'MANY',
          dataType: 'binary',
          keyDataType: 'Binary',
        },
      },
      retryOptions: { maxRetryCount: -1 },
    })
    expect(JSON.stringify(worker.metadata)).not.toContain('bob-secret')
  })

  test('binary: keys, values and headers byte for byte', async () => {
    worker = await AzureProcess.start(app, { ...storeVariables(), ...trigger })
    await expect(worker.invoke(binaryRequest)).resolves.toEqual({})
    const place = { topic: '2024', partition: 3 }
    expect((await dumped()).records).toEqual([
      {
        ...place,
        offset: 4_294_967_295,
        timestamp: 1767225600000,
        key: Buffer.from('c328', 'hex'),
        value: Buffer.from('009f9296ff', 'hex'),
        headers: [{ key: 'source', value: Buffer.from('web') }],
      },
      { ...place, offset: 4_294_967_296, timestamp: 1767225600001, key: null, value: null, headers: [] },
    ])
  })

  test('string: the sample, and an error for the host when the store fails under policy fail', async () => {
    const string = sample('azure').map((event: object) => JSON.stringify(event))
    const request = { inputData: [{ name: 'records', data: { collectionString: { string } } }], triggerMetadata: {} }
    worker = await AzureProcess.start(app, { ...storeVariables(), ...trigger, KAFKA_DATA_TYPE: 'string' })
    await expect(worker.invoke(request)).resolves.toEqual({})
    expect(await keys()).toHaveLength(2)
    await worker.stop()
    const failing = { ...storeVariables('no-such-bucket'), FAILURE_POLICY: 'fail', KAFKA_DATA_TYPE: 'string' }
    worker = await AzureProcess.start(app, { ...trigger, ...failing })
    await expect(worker.invoke(request)).resolves.toMatchObject({ error: { name: 'STORE_BUCKET_MISSING' } })
  })
})

test('a wrong configuration ends the server, naming every wrong variable', async () => {
  const variables = { ...storeVariables(), FUNCTION: 'compress', KNATIVE_KEY_TYPE: 'int', PORT: 'http' }
  const failed: Error = await ServerProcess.start(variables).catch(error => error)
  expect(failed.message).toMatch(/FUNCTION: .*PORT: .*KNATIVE_KEY_TYPE: /s)
  // The message stood between a line of the bundle, of thousands of characters, and a stack trace.
  expect(failed.message).not.toMatch(/^ +at |throw /m)
})
