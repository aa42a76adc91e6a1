import { inspect } from 'node:util'
import type { AbnormalDataError } from '../../../lib/delivery/abnormal-data.ts'
import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { decodeValues } from '../../../lib/values/decode.ts'
import { DecodedMemory } from '../../../lib/values/decoded-memory.ts'
import { decoderOf, type ValueFormatName } from '../../../lib/values/index.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import { decoder as decoderFor, failure, LIMIT, serialized } from '../../support/serialized-values.ts'

const registry = new TestRegistry()
let url: string

beforeAll(async () => {
  url = await registry.start()
})

beforeEach(() => {
  registry.requests.length = 0
})

afterAll(() => registry.stop())

/** What decodes with a cold cache. */
const decoder = (settings: object = {}, format?: ValueFormatName) => decoderFor({ urls: [url], ...settings }, format)

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
    ['that refers to a type that is not there', { schema: '"com.example.Gone"' }],
  ])('%s is at fault itself, and the value is not blamed', async (_, schema) => {
    const id = registry.register('wrong', schema)
    const decode = await decoder()
    const error = await decode(serialized(id)).catch(error => error)
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', message: expect.stringContaining(`The schema ${id} can’t`) })
    expect(await failure(decode(serialized(id)))).toBe('SCHEMA_INVALID')
    expect(registry.requests).toHaveLength(1)
  })
})

/**
 * A follower of a registry, or one that has just started, answers 404 for a schema that its producer has registered a moment ago:
 * records went to the abnormal-data topic. Reports: confluentinc/schema-registry 437, 406.
 */
describe('a registry that lags', () => {
  const lagging = () => {
    const id = registry.register(`late ${Math.random()}`, {
      schema: JSON.stringify({ type: 'int', doc: String(Math.random()) }),
    })
    registry.notYetKnown.add(id)
    return id
  }

  async function decodeBatch(values: Buffer[]) {
    const records = values.map((value, offset) => awkwardRecord({ offset, value }))
    return await decodeValues(
      records,
      await decoderOf('avro', { urls: [url] })?.(),
      { includeValueSize: false },
      new DecodedMemory(),
    )
  }

  test('is asked again within the batch, and the records keep their order', async () => {
    const [id, known] = [lagging(), registry.register('known', { schema: '"string"' })]
    const values = [serialized(id, 4), serialized(known, 2, 0x61), serialized(id, 6)]
    const decoding = decodeBatch(values)
    while (registry.requests.length < 2) await new Promise(setImmediate)
    registry.notYetKnown.delete(id)
    expect((await decoding).map(({ value }) => value?.toString())).toEqual(['2', '"a"', '3'])
    expect(registry.requests.filter(path => path.endsWith(`/${id}`))).toHaveLength(2)
  })

  test('is asked a few times, all unknown schemas together; then the values are abnormal data', async () => {
    const ids = Array.from({ length: 20 }, lagging)
    const error = await decodeBatch(ids.map(id => serialized(id, 4))).catch(error => error)
    expect(error.failed).toHaveLength(20)
    expect(error.failed[0].error).toMatchObject({ code: 'SCHEMA_UNKNOWN', retryable: false, offset: 0 })
    // At once, and after one, two and three seconds; fewer times where these are longer.
    expect(registry.requests.length).toBeGreaterThanOrEqual(2 * 20)
    expect(registry.requests.length).toBeLessThanOrEqual(4 * 20)
  })

  test('is not waited for longer than the attempt may take', async () => {
    const [record, decode] = [
      awkwardRecord({ value: serialized(lagging(), 4) }),
      await decoderOf('avro', { urls: [url] })?.(),
    ]
    const controller = new AbortController()
    const decodeThenEnd: typeof decode = async (...call) => {
      try {
        return (await decode?.(...call)) as Buffer
      } finally {
        controller.abort()
      }
    }
    const error = await decodeValues(
      [record],
      decodeThenEnd,
      { includeValueSize: false },
      new DecodedMemory(),
      controller.signal,
    ).catch(error => error)
    // It was abnormal data after half of the patience; the next invocation may find the schema.
    expect(error).toMatchObject({ code: 'OUT_OF_TIME', retryable: true })
    expect(registry.requests).toHaveLength(1)
  })

  // 200 ids that don't exist, asked for one by one and twice, took 13 s of each invocation. Then the time was over, and the good
  // records of the batch were not written.
  test('is not waited for because of many ids that nobody registered: those beyond a number are abnormal data at once', async () => {
    const good = registry.register('good', { schema: '"int"' })
    const decode = await decoderOf('avro', { urls: [url] })?.()
    const batch = (from: number, count: number) =>
      [serialized(good, 4), ...Array.from({ length: count }, (_, index) => serialized(from + index, 4))].map(
        (value, offset) => awkwardRecord({ offset, value }),
      )
    const failedOf = (records: KafkaRecord[]) =>
      decodeValues(records, decode, { includeValueSize: false }, new DecodedMemory()).catch(
        ({ failed }: AbnormalDataError) => failed,
      )
    expect(await failedOf(batch(100_000, 200))).toHaveLength(200)
    // 50 of them are waited for, up to four times.
    expect(registry.requests.length).toBeLessThanOrEqual(201 + 3 * 50)
    // As many again are not waited for.
    registry.requests.length = 0
    expect(await failedOf(batch(200_000, 200))).toHaveLength(200)
    expect(registry.requests).toHaveLength(200)
  })
})

test('the schemas of a batch are requested several at a time, those of values that aren’t decoded not at all', async () => {
  const ids = Array.from({ length: 40 }, (_, index) =>
    registry.register(`many ${index}`, { schema: `{"type":"int","doc":"${index}"}` }),
  )
  const records = ids.map((id, offset) => awkwardRecord({ offset, value: serialized(id, 4) }))
  const large = awkwardRecord({ offset: 40, value: serialized(4711, ...Buffer.alloc(100)) })
  const broken = awkwardRecord({ offset: 41, value: null })
  const decode = await decoderOf('avro', { urls: [url] })?.()
  const options = { includeValueSize: false, maxInlineValueBytes: 50 }
  const decoded = await decodeValues([...records, large, broken], decode, options, new DecodedMemory())
  expect(decoded.slice(0, 40).every(({ value }) => value?.toString() === '2')).toBe(true)
  expect(registry.requests).toHaveLength(40)
  expect(registry.mostAtOnce).toBeGreaterThan(1)
  expect(registry.mostAtOnce).toBeLessThanOrEqual(8)
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
    const decode = await decoderOf('avro', { urls: [url] })?.()
    const error = (await decodeValues(records, decode, { includeValueSize: false }, new DecodedMemory()).catch(
      error => error,
    )) as AbnormalDataError
    expect(error.failed.map(({ record, error }) => [record.offset, error.code, error.offset])).toEqual([
      [1, 'VALUE_UNDECODABLE', 1],
      [2, 'VALUE_UNDECODABLE', 2],
      [3, 'SCHEMA_UNKNOWN', 3],
    ])
    const rest = await decodeValues(
      [records[0], records[4]] as never,
      decode,
      { includeValueSize: false },
      new DecodedMemory(),
    )
    expect(rest.map(({ value }) => value?.toString())).toEqual(['"a"', undefined])
  })

  test('never gets into an error', async () => {
    const id = registry.register('records', { schema: '{"type":"enum","name":"E","symbols":["A"]}' })
    const value = Buffer.concat([serialized(id), Buffer.from('s3cr3t')])
    const error = await (await decoder())(value).catch(error => error)
    expect(inspect(error, { depth: null })).not.toContain('s3cr3t')
  })

  // ProtoJSON has no such time. "Not of its schema" was all that was said. Report: redpanda-data/console 368.
  test('that JSON can’t express is abnormal data, and the error says what it is', async () => {
    const schema =
      'syntax = "proto3"; import "google/protobuf/timestamp.proto"; message A { google.protobuf.Timestamp a = 1; }'
    const id = registry.register('times', { schema, schemaType: 'PROTOBUF' })
    const at = (seconds: number[]) => serialized(id, 0, 0x0a, seconds.length + 1, 0x08, ...seconds)
    const decode = await decoder({}, 'protobuf')
    expect(await decode(at([0xff, 0x82, 0xd1, 0xff, 0xaf, 0x07]))).toEqual({ a: '9999-12-31T23:59:59Z' })
    const error = await decode(at([0x80, 0x83, 0xd1, 0xff, 0xaf, 0x07])).catch(error => error)
    const message = `The value of schema ${id} can’t be JSON: google.protobuf.Timestamp out of range.`
    expect(error).toMatchObject({ code: 'VALUE_UNDECODABLE', message })
  })

  test('whose header Lambda took away is decoded with the schema that the event names', async () => {
    const schema = 'syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }'
    const id = registry.register('lambda', { schema, schemaType: 'PROTOBUF' })
    // Of the header only which message it is stays: one index, the second message.
    const value = Buffer.from([2, 2, 0x0a, 1, 0x78])
    expect(await (await decoder({}, 'protobuf'))(value, { valueSchemaId: String(id) })).toEqual({ b: 'x' })
  })
})

describe('the memory of a batch', () => {
  const MEGABYTE = 2 ** 20
  const options = { includeValueSize: false }
  const recordsOf = (count: number) =>
    Array.from({ length: count }, (_, offset) => awkwardRecord({ offset, value: Buffer.from('x') }))
  const decodeTo = (bytes: number) => () => Buffer.allocUnsafeSlow(bytes)

  // Whether a record was delivered depended on those that came with it: rows of 440 columns lost more than half of a batch.
  test('never makes a value abnormal data; only its own size does', async () => {
    const schema =
      '{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"' +
      'x'.repeat(1000) +
      '","type":"int"}]}}'
    const id = registry.register('wide', { schema })
    // A thousand bytes for each byte: 10 MB each, and 20 MB.
    const large = serialized(id, 0xa0, 0x9c, 1, ...Buffer.alloc(10_000, 2), 0)
    const larger = serialized(id, 0xc0, 0xb8, 2, ...Buffer.alloc(20_000, 2), 0)
    const records = [large, larger, ...Array(9).fill(large)].map((value, offset) => awkwardRecord({ offset, value }))
    const decode = await decoderOf('avro', { urls: [url] })?.()
    const memory = new DecodedMemory()
    const error = await decodeValues(records, decode, options, memory).catch(error => error)
    memory.end()
    expect(error.failed.map(({ error }: { error: CodedError }) => [error.offset, error.code])).toEqual([
      [1, 'VALUE_TOO_LARGE'],
    ])
  })

  test('ends at the same record, whether its schema was known at once or only later', async () => {
    const records = recordsOf(30)
    for (const late of [[], [0], [3, 7, 20]]) {
      const unknown = new Set(late)
      const decode = ({ offset }: { offset: number }) => {
        if (unknown.delete(offset)) throw new CodedError('SCHEMA_UNKNOWN', 'not yet', { retryable: true })
        return Buffer.allocUnsafeSlow((offset % 2 === 0 ? 8 : 12) * MEGABYTE)
      }
      const memory = new DecodedMemory()
      const decoded = await decodeValues(records, decode, options, memory)
      memory.end()
      expect(decoded.map(({ offset }) => offset)).toEqual(Array.from({ length: 19 }, (_, offset) => offset))
    }
  })

  // Eight batches are decoded at once; what one of them may take, eight may not.
  test('is more than a share for one batch at a time', async () => {
    const [first, second, small] = [new DecodedMemory(), new DecodedMemory(), new DecodedMemory()]
    await decodeValues(recordsOf(3), decodeTo(16 * MEGABYTE), options, first)
    let isDecoded = false
    const waiting = decodeValues(recordsOf(3), decodeTo(16 * MEGABYTE), options, second).then(decoded => {
      isDecoded = true
      return decoded
    })
    expect(await decodeValues(recordsOf(16), decodeTo(MEGABYTE), options, small)).toHaveLength(16)
    await new Promise(setImmediate)
    expect(isDecoded).toBe(false)
    first.end()
    expect(await waiting).toHaveLength(3)
    second.end()
  })

  test('is not waited for longer than the attempt may take, and the turn goes to the next one', async () => {
    const [first, second, third] = [new DecodedMemory(), new DecodedMemory(), new DecodedMemory()]
    await decodeValues(recordsOf(2), decodeTo(16 * MEGABYTE), options, first)
    const controller = new AbortController()
    const waiting = decodeValues(recordsOf(2), decodeTo(16 * MEGABYTE), options, second, controller.signal)
    const next = decodeValues(recordsOf(2), decodeTo(16 * MEGABYTE), options, third)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'OUT_OF_TIME', retryable: true })
    second.end()
    first.end()
    expect(await next).toHaveLength(2)
    third.end()
  })
})

// Twenty values of ten bytes took seconds, in which no timer ran and the end of the time was not noticed.
test.each([
  ['fail', () => Promise.reject(new CodedError('VALUE_TOO_LARGE', 'large'))],
  ['are large', () => Buffer.allocUnsafeSlow(10 * 2 ** 20)],
])('values that %s don’t keep the time from ending', async (_, decode: () => Buffer | Promise<Buffer>) => {
  const controller = new AbortController()
  let decoded = 0
  const decodeThenEnd = () => {
    if (++decoded === 2) setImmediate(() => controller.abort())
    return decode()
  }
  const records = Array.from({ length: 15 }, (_, offset) => awkwardRecord({ offset, value: Buffer.from('x') }))
  const memory = new DecodedMemory()
  const decoding = decodeValues(records, decodeThenEnd, { includeValueSize: false }, memory, controller.signal)
  await expect(decoding).rejects.toMatchObject({ code: 'OUT_OF_TIME', retryable: true })
  memory.end()
  expect(decoded).toBeLessThan(5)
})

describe('JSON', () => {
  const decodeJson = async (value: Buffer, format: ValueFormatName = 'json') => {
    const record = { ...awkwardRecord({}), value }
    return (await (await decoderOf(format, { urls: [url] })?.())?.(record, LIMIT))?.toString()
  }

  // .NET and Windows write one; within an object's JSON it would make all of it unreadable.
  test('may follow a byte order mark, which is left out', async () => {
    expect(await decodeJson(Buffer.from('\uFEFF{"a":1}'))).toBe('{"a":1}')
    const id = registry.register('json', { schema: '{}', schemaType: 'JSON' })
    expect(await decodeJson(Buffer.concat([serialized(id), Buffer.from('\uFEFF[1]')]), 'json-schema')).toBe('[1]')
    for (const wrong of ['\uFEFF', '\uFEFF\uFEFF1', '1\uFEFF']) {
      expect(await failure(decodeJson(Buffer.from(wrong)))).toBe('VALUE_UNDECODABLE')
    }
  })

  // Twenty KB of compressed brackets took more than a gigabyte of the parser.
  test('may be nested a million deep', async () => {
    const nested = (depth: number) => Buffer.from(`["[]\\"",${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}]`)
    expect(await decodeJson(nested(1_000_000))).toHaveLength(2_000_007)
    expect(await failure(decodeJson(nested(1_000_001)))).toBe('VALUE_UNDECODABLE')
    const wide = Buffer.from(`[${'[],{},"[{",'.repeat(1_100_000)}0]`)
    expect(await decodeJson(wide)).toHaveLength(wide.length)
  })
})
