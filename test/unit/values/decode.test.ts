import { inspect } from 'node:util'
import type { AbnormalDataError } from '../../../lib/delivery/abnormal-data.ts'
import { decodeValues } from '../../../lib/values/decode.ts'
import { decoderOf, type ValueFormatName } from '../../../lib/values/index.ts'
import { freePorts } from '../../../local/ports.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { TestRegistry } from '../../support/schema-registry.ts'

const registry = new TestRegistry()
let url: string

beforeAll(async () => {
  url = await registry.start()
})

beforeEach(() => {
  registry.requests.length = 0
})

afterAll(() => registry.stop())

/** A value as Confluent's serializers write it. */
function serialized(schemaId: number, ...bytes: number[]): Buffer {
  const header = Buffer.alloc(5)
  header.writeInt32BE(schemaId, 1)
  return Buffer.concat([header, Buffer.from(bytes)])
}

/** What decodes with a cold cache. */
async function decoder(settings: object = {}, format: ValueFormatName = 'avro') {
  const decode = await decoderOf(format, { url, ...settings })?.()
  return async (value: Buffer, valueSchemaId?: string) => {
    const record = { ...awkwardRecord({}), value, valueSchemaId }
    return JSON.parse((await decode?.(record))?.toString() ?? '')
  }
}

const failure = (decoded: Promise<unknown>) => decoded.then(String, (error: { code: string }) => error.code)

describe('a schema', () => {
  test('is asked for once, by however many values at a time', async () => {
    const id = registry.register('once', { schema: '"int"' })
    const decode = await decoder()
    const decoded = await Promise.all(Array.from({ length: 1000 }, () => decode(serialized(id, 4))))
    expect(new Set(decoded)).toEqual(new Set([2]))
    await decode(serialized(id, 4))
    expect(registry.requests).toEqual([`GET /schemas/ids/${id}`])
  })

  test('that the registry doesn’t know is abnormal data, and not asked for again with each value', async () => {
    const decode = await decoder()
    for (let i = 0; i < 3; i++) expect(await failure(decode(serialized(4711)))).toBe('SCHEMA_UNKNOWN')
    expect(registry.requests).toHaveLength(1)
  })

  test('with a reference to one that the registry doesn’t know is abnormal data', async () => {
    const references = [{ name: 'com.example.Gone', subject: 'gone', version: 1 }]
    const id = registry.register('referring', { schema: '"com.example.Gone"', references })
    expect(await failure((await decoder())(serialized(id)))).toBe('SCHEMA_UNKNOWN')
  })

  test.each([
    ['of another format', { schema: '{}', schemaType: 'JSON' }],
    ['that is none', { schema: '{"type":"record"}' }],
  ])('%s is abnormal data', async (_, schema) => {
    const id = registry.register('wrong', schema)
    expect(await failure((await decoder())(serialized(id)))).toBe('VALUE_UNDECODABLE')
  })
})

describe('a value', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"secret":1}')],
    ['another first byte', Buffer.from('0100000001', 'hex')],
    ['half a header', Buffer.from('000000', 'hex')],
  ])('that begins with %s is abnormal data', async (_, value) => {
    expect(await failure((await decoder())(value))).toBe('VALUE_UNDECODABLE')
  })

  test('that is not of its schema is abnormal data, and the others of the batch are not', async () => {
    const id = registry.register('strings', { schema: '"string"' })
    const values = [
      serialized(id, 2, 0x61),
      serialized(id, 20, 0x61),
      serialized(id, 2, 0x61, 0x62),
      serialized(4711),
      null,
    ]
    const records = values.map((value, offset) => awkwardRecord({ offset, value }))
    const decode = await decoderOf('avro', { url })?.()
    const error = (await decodeValues(records, decode, { includeValueSize: false }).catch(
      error => error,
    )) as AbnormalDataError
    expect(error.failed.map(({ record, error }) => [record.offset, error.code, error.offset])).toEqual([
      [1, 'VALUE_UNDECODABLE', 1],
      [2, 'VALUE_UNDECODABLE', 2],
      [3, 'SCHEMA_UNKNOWN', 3],
    ])
    const rest = await decodeValues([records[0], records[4]] as never, decode, { includeValueSize: false })
    expect(rest.map(({ value }) => value?.toString())).toEqual(['"a"', undefined])
  })

  test('never gets into an error', async () => {
    const id = registry.register('records', { schema: '{"type":"enum","name":"E","symbols":["A"]}' })
    const value = Buffer.concat([serialized(id), Buffer.from('s3cr3t')])
    const error = await (await decoder())(value).catch(error => error)
    expect(inspect(error, { depth: null })).not.toContain('s3cr3t')
  })

  test('whose header Lambda took away is decoded with the schema that the event names', async () => {
    const schema = 'syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }'
    const id = registry.register('lambda', { schema, schemaType: 'PROTOBUF' })
    // Of the header only which message it is stays: one index, the second message.
    const value = Buffer.from([2, 2, 0x0a, 1, 0x78])
    expect(await (await decoder({}, 'protobuf'))(value, String(id))).toEqual({ b: 'x' })
  })
})

describe('the registry', () => {
  test.each([
    [503, 'SCHEMA_REGISTRY_UNAVAILABLE', true],
    [429, 'SCHEMA_REGISTRY_UNAVAILABLE', true],
    [401, 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
    [403, 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
    [404, 'SCHEMA_REGISTRY_REJECTED', false],
    [302, 'SCHEMA_REGISTRY_REJECTED', false],
  ])('that answers %d and no more: %s, and the next attempt asks again', async (status, code, retryable) => {
    const id = registry.register('again', { schema: '"int"' })
    registry.next.push({ status, body: '<html>' })
    const decode = await decoder()
    await expect(decode(serialized(id, 4))).rejects.toMatchObject({ code, retryable })
    expect(await decode(serialized(id, 4))).toBe(2)
  })

  test('that answers something else than a schema is not one', async () => {
    registry.next.push({ status: 200, body: { hello: 'world' } })
    expect(await failure((await decoder())(serialized(1)))).toBe('SCHEMA_REGISTRY_REJECTED')
  })

  test('that isn’t there is unavailable', async () => {
    const [port] = await freePorts(1)
    const decode = await decoder({ url: `http://127.0.0.1:${port}` })
    await expect(decode(serialized(1))).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNAVAILABLE', retryable: true })
  })

  test('that needs a password gets it, and nobody else does', async () => {
    const id = registry.register('guarded', { schema: '"int"' })
    registry.authorization = `Basic ${Buffer.from('bob:s3cr3t').toString('base64')}`
    try {
      const credentials = { username: 'bob', password: 's3cr3t' }
      expect(await (await decoder({ credentials }))(serialized(id, 4))).toBe(2)
      const wrong = { username: 'bob', password: 's3cr3t-wrong' }
      const error = await (await decoder({ credentials: wrong }))(serialized(id, 4)).catch(error => error)
      expect(error).toMatchObject({ code: 'SCHEMA_REGISTRY_ACCESS_DENIED' })
      expect(inspect(error, { depth: null })).not.toContain('s3cr3t')
    } finally {
      registry.authorization = undefined
    }
  })

  test('may be below a path, as behind a gateway', async () => {
    await failure((await decoder({ url: `${url}/apis/ccompat/v7/` }))(serialized(1)))
    expect(registry.requests).toEqual(['GET /apis/ccompat/v7/schemas/ids/1'])
  })

  test('of Confluent may be asked over TLS, its certificate signed by an authority of one’s own', async () => {
    const id = registry.register('private', { schema: '"int"' })
    const { endpoint, ca, stop } = await registry.behindTls()
    try {
      expect(await (await decoder({ url: endpoint, ca }))(serialized(id, 4))).toBe(2)
      expect(await failure((await decoder({ url: endpoint }))(serialized(id, 4)))).toBe('SCHEMA_REGISTRY_UNAVAILABLE')
    } finally {
      await stop()
    }
  })
})
