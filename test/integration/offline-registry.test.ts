import { SchemaReader } from '../../lib/offline/intake/schema-reader.ts'
import { filterCriteriaSchema } from '../../lib/offline/mapping/filter-criteria.ts'
import type { MappingRegistry } from '../../lib/offline/mapping/schema-registry-config.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { Cluster, until } from '../support/offline-polling.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { serialized } from '../support/serialized-values.ts'

const cluster = new Cluster()
const registry = new TestRegistry()
let url: string

beforeAll(async () => {
  await cluster.open()
  url = await registry.start()
})
afterEach(() => cluster.stopAll())
afterAll(async () => {
  await cluster.close()
  await registry.stop()
})

const avro = '{"type":"record","name":"Order","fields":[{"name":"id","type":"int"}]}'

/** An order whose id is below 64, as Confluent's serializer for Avro writes it. */
const order = (schemaId: number, id: number) => serialized(schemaId, id * 2)

const validating = (format: MappingRegistry['format'], validates: MappingRegistry['validates'] = ['value']) => ({
  schemaRegistry: { format, validates, access: [] },
})
const withRegistry = () => ({ schemas: new SchemaReader({ urls: [url] }) })

/** What a function got of a field, from base64. */
const text = (base64: string | undefined) => base64 && Buffer.from(base64, 'base64').toString()

interface ValidatedRecord {
  key?: string
  value?: string
  keySchemaMetadata?: object
  valueSchemaMetadata?: object
}

const recordsOf = (events: { records: object }[]) =>
  events.flatMap(({ records }) => Object.values(records).flat()) as ValidatedRecord[]

// Source: AWS Lambda Developer Guide, "Using schema registries with Kafka event sources".
describe('what a function gets', () => {
  test('JSON of what is validated, with its schema; the rest as it is', async () => {
    const topic = await cluster.createTopic(1)
    const id = registry.register(`${topic}-value`, { schema: avro })
    await cluster.produce(topic, 0, [
      { key: 'key', value: order(id, 5) },
      { key: null, value: null },
    ])
    const polling = cluster.poll(topic, () => undefined, validating('JSON'), withRegistry())
    await until(() => polling.received.length === 2, 'the records are delivered')
    const [first, tombstone] = recordsOf(polling.events)
    expect(text(first?.value)).toBe('{"id":5}')
    expect(text(first?.key)).toBe('key')
    expect(first?.valueSchemaMetadata).toEqual({ dataFormat: 'AVRO', schemaId: String(id) })
    expect(first).not.toHaveProperty('keySchemaMetadata')
    expect(tombstone).not.toHaveProperty('value')
    expect(tombstone).not.toHaveProperty('valueSchemaMetadata')
  })

  test('the bytes without the schema’s id, of keys as well', async () => {
    const topic = await cluster.createTopic(1)
    const id = registry.register(`${topic}-value`, { schema: avro })
    const keyId = registry.register(`${topic}-key`, { schema: '{"type":"string"}', schemaType: 'JSON' })
    const key = serialized(keyId, ...Buffer.from('"k"'))
    await cluster.produce(topic, 0, [{ key, value: order(id, 5) }])
    const polling = cluster.poll(topic, () => undefined, validating('SOURCE', ['key', 'value']), withRegistry())
    await until(() => polling.received.length === 1, 'the record is delivered')
    expect(recordsOf(polling.events)).toMatchObject([
      {
        key: Buffer.from('"k"').toString('base64'),
        value: Buffer.from([10]).toString('base64'),
        keySchemaMetadata: { dataFormat: 'JSON', schemaId: String(keyId) },
        valueSchemaMetadata: { dataFormat: 'AVRO', schemaId: String(id) },
      },
    ])
  })

  test('only what a filter matches once it is decoded', async () => {
    const topic = await cluster.createTopic(1)
    const id = registry.register(`${topic}-value`, { schema: avro })
    await cluster.produce(topic, 0, [order(id, 1), order(id, 5), order(id, 2)])
    const Filters = [{ Pattern: '{"value":{"id":[{"numeric":[">",4]}]}}' }]
    const mapping = { ...validating('SOURCE'), filters: filterCriteriaSchema.parse({ Filters }) }
    const polling = cluster.poll(topic, () => undefined, mapping, withRegistry())
    await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 3, 'everything is committed')
    expect(polling.received).toEqual(['0:1'])
  })
})

test('what can’t be validated goes to the destination with Lambda’s reason, and the rest is delivered', async () => {
  const [topic, failed] = [await cluster.createTopic(1), await cluster.createTopic(1)]
  const id = registry.register(`${topic}-value`, { schema: avro })
  await cluster.produce(topic, 0, [order(id, 1), 'garbage', order(id, 2), order(999, 3), serialized(id), order(id, 4)])
  const mapping = { ...validating('JSON'), onFailureDestination: `kafka://${failed}` }
  const polling = cluster.poll(topic, () => undefined, mapping, withRegistry())
  await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 6, 'everything is committed')
  expect(polling.received).toEqual(['0:0', '0:2', '0:5'])
  const records = [...(await cluster.read(failed, 3)).values()].flat()
  const documents = records.map(({ value }) => JSON.parse(value?.toString() ?? ''))
  const reasons = documents.map(({ requestContext, KafkaBatchInfo }) => [
    Number(KafkaBatchInfo.recordInfo.offset),
    requestContext.condition,
  ])
  expect(reasons.toSorted()).toEqual([
    [1, 'DESERIALIZATION_ERROR'],
    [3, 'SCHEMA_NOT_FOUND'],
    [4, 'DESERIALIZATION_ERROR'],
  ])
  expect(polling.lines.join()).not.toContain('garbage')
})

test('JSON that does not match its schema, or one that this refers to, goes there as well', async () => {
  const [topic, failed] = [await cluster.createTopic(1), await cluster.createTopic(1)]
  const customer = { type: 'object', required: ['name'] }
  registry.register(`${topic}-customer`, { schema: JSON.stringify(customer), schemaType: 'JSON' })
  const schema = { properties: { id: { type: 'integer' }, customer: { $ref: 'customer.json' } } }
  const references = [{ name: 'customer.json', subject: `${topic}-customer`, version: 1 }]
  const id = registry.register(`${topic}-value`, { schema: JSON.stringify(schema), schemaType: 'JSON', references })
  const values = [{ id: 1 }, { id: 'one' }, { customer: { name: 'A' } }, { customer: {} }]
  const serializedValues = values.map(value => serialized(id, ...Buffer.from(JSON.stringify(value))))
  await cluster.produce(topic, 0, serializedValues)
  const mapping = { ...validating('JSON'), onFailureDestination: `kafka://${failed}` }
  const polling = cluster.poll(topic, () => undefined, mapping, withRegistry())
  await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 4, 'everything is committed')
  expect(polling.received).toEqual(['0:0', '0:2'])
  const documents = [...(await cluster.read(failed, 2)).values()].flat().map(({ value }) => JSON.parse(`${value}`))
  const places = documents.map(({ KafkaBatchInfo }) => Number(KafkaBatchInfo.recordInfo.offset))
  expect(places.toSorted()).toEqual([1, 3])
})

test('without a destination it is discarded, and named', async () => {
  const topic = await cluster.createTopic(1)
  await cluster.produce(topic, 0, ['garbage', 'garbage'])
  const polling = cluster.poll(topic, () => undefined, validating('JSON'), withRegistry())
  await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 2, 'everything is committed')
  expect(polling.events).toEqual([])
  expect(polling.lines.filter(line => line.includes(`${topic}-0 0–1 is discarded: `))).toHaveLength(1)
})

test('a registry that is away is waited for', async () => {
  const topic = await cluster.createTopic(1)
  const id = registry.register(`${topic}-value`, { schema: avro })
  await cluster.produce(topic, 0, [order(id, 1)])
  registry.next.push(...Array.from({ length: 2 }, () => ({ status: 503, body: {} })))
  const polling = cluster.poll(topic, () => undefined, validating('JSON'), withRegistry())
  await until(() => polling.lastResult.startsWith('PROBLEM: '), 'the problem is told')
  expect(polling.lastResult).toContain('503')
  await until(() => polling.received.length === 1, 'the record is delivered')
  expect(polling.events).toHaveLength(1)
  await until(() => polling.lastResult === 'OK', 'the problem is gone')
})

describe('AWS Glue, as moto has it', () => {
  let moto: Moto
  const before = { ...process.env }

  beforeAll(async () => {
    moto = await startMoto()
    Object.assign(process.env, moto.environment)
  })
  afterAll(async () => {
    process.env = before
    await moto.stop()
  })

  test('validates what its serializers write', async () => {
    const glue = async (action: string, body: object) => {
      const authorization =
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=0'
      const headers = {
        authorization,
        'x-amz-target': `AWSGlue.${action}`,
        'content-type': 'application/x-amz-json-1.1',
      }
      const response = await fetch(moto.endpoint, { method: 'POST', headers, body: JSON.stringify(body) })
      return (await response.json()) as Record<string, string>
    }
    const { RegistryArn: arn = '' } = await glue('CreateRegistry', { RegistryName: 'orders' })
    const schema = { SchemaName: 'order', DataFormat: 'AVRO', Compatibility: 'NONE', SchemaDefinition: avro }
    const { SchemaVersionId = '' } = await glue('CreateSchema', { RegistryId: { RegistryName: 'orders' }, ...schema })
    const topic = await cluster.createTopic(1)
    const header = Buffer.from(`0300${SchemaVersionId.replaceAll('-', '')}`, 'hex')
    await cluster.produce(topic, 0, [Buffer.concat([header, Buffer.from([10])])])
    const options = { schemas: new SchemaReader({ arn }) }
    const polling = cluster.poll(topic, () => undefined, validating('JSON'), options)
    await until(() => polling.received.length === 1, 'the record is delivered')
    const [record] = recordsOf(polling.events)
    expect(text(record?.value)).toBe('{"id":5}')
    expect(record?.valueSchemaMetadata).toEqual({ dataFormat: 'AVRO', schemaId: SchemaVersionId })
  })
})
