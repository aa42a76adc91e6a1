import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { detectPlatform } from '../../../../lib/platforms/index.ts'
import { records } from '../../../support/arbitrary-records.ts'

const sample = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../events/${name}.json`, import.meta.url), 'utf8'))
const toBatches = (event: unknown) => detectPlatform(event).toBatches(event)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const eventOf = (group: string, ...eventRecords: (object | null)[]) => ({
  eventSource: 'aws:kafka',
  records: { [group]: eventRecords },
})

describe('events of AWS Lambda', () => {
  test('the MSK sample: one batch per topic-partition, in order', () => {
    expect(
      toBatches(sample('aws-msk')).map(({ topic, partition, records }) => [
        topic,
        partition,
        records.map(r => r.offset),
      ]),
    ).toEqual([
      ['orders', 0, [15, 16]],
      ['orders', 1, [7]],
    ])
  })

  test('the self-managed sample: a record and its tombstone', () => {
    const [batch] = toBatches(sample('aws-self-managed'))
    expect(batch?.records.map(({ key, value }) => [key?.toString(), value === null])).toEqual([
      ['customer-7', false],
      ['customer-7', true],
    ])
  })

  test('the odd cases: each kind of absent, empty, binary and signed is kept apart', () => {
    const [odd, twelfth, other] = toBatches(sample('aws-odd-cases'))
    const records = odd?.records ?? []
    const byOffset = (offset: number) => records.find(record => record.offset === offset)
    expect(byOffset(100)).toMatchObject({ partition: 0 })
    expect(byOffset(101)?.key).toBeNull()
    expect(byOffset(102)).toMatchObject({ key: null, headers: [] })
    expect(byOffset(103)?.value).toBeNull()
    expect(byOffset(104)?.value).toBeNull()
    expect(byOffset(105)).toMatchObject({ key: Buffer.alloc(0), value: Buffer.alloc(0) })
    expect(byOffset(106)?.value).toEqual(Buffer.from([0, 159, 146, 150, 255]))
    expect(byOffset(107)?.headers).toEqual([
      { key: 'h1', value: Buffer.from('ß') },
      { key: 'h1', value: Buffer.from('hi') },
      { key: 'empty', value: Buffer.alloc(0) },
      { key: 'none', value: null },
    ])
    expect(byOffset(110)?.timestamp).toBe(-1)
    expect(twelfth).toMatchObject({ topic: 'my-odd-topic', partition: 12, abnormal: [{ position: 1 }] })
    expect(other).toMatchObject({ topic: 'other.topic_2', partition: 0 })
  })

  test('the id of the schema with which Lambda has checked a value', () => {
    const record = (offset: number, valueSchemaMetadata?: unknown) => ({
      offset,
      value: base64('v'),
      valueSchemaMetadata,
    })
    const metadata = [undefined, null, 'none', {}, { dataFormat: 'AVRO', schemaId: '7' }, { schemaId: 7 }]
    const [batch] = toBatches(eventOf('orders-0', ...metadata.map((metadata, offset) => record(offset, metadata))))
    const ids = batch?.records.map(({ valueSchemaId }) => valueSchemaId)
    expect(ids).toEqual([undefined, undefined, undefined, undefined, '7', '7'])
  })

  test('law: what a mapping encodes comes back byte for byte', () => {
    fc.assert(
      fc.property(records(1), original => {
        const { topic, partition } = original[0] as (typeof original)[0]
        const eventRecords = original.map(record => ({
          ...record,
          timestampType: 'CREATE_TIME',
          key: record.key?.toString('base64') ?? null,
          value: record.value?.toString('base64'),
          headers: record.headers.map(({ key, value }) => ({ [key]: value && [...value] })),
        }))
        // As Lambda hands it over: JSON text, parsed.
        const event = JSON.parse(JSON.stringify(eventOf(`${topic}-${partition}`, ...eventRecords)))
        expect(toBatches(event)).toEqual([{ topic, partition, records: original, abnormal: [] }])
      }),
    )
  })

  test.each([
    ['a value that is no base64', { offset: 1, value: 'not base64!' }, 'its value is not base64'],
    ['a value cut short', { offset: 1, value: 'YWJjZ' }, 'its value is not base64'],
    ['a key that is an object', { offset: 1, key: {}, value: base64('v') }, 'its key is not base64'],
    ['headers that are no bytes', { offset: 1, headers: [{ h: 'text' }] }, 'its headers are not a list'],
    ['header bytes out of range', { offset: 1, headers: [{ h: [256] }] }, 'its headers are not a list'],
    ['an offset that is text', { offset: 'one' }, 'its offset is not a whole number'],
    // It failed the event with "Cannot destructure property 'key'", again and again.
    ['null instead of a record', null, 'it is not a record'],
    ['text instead of a record', 'text' as never, 'it is not a record'],
    // Node's decoder takes the lower byte of a character beyond Latin-1, here that of "A".
    ['a character beyond Latin-1 in base64', { offset: 1, value: 'QUJDŁUJD' }, 'its value is not base64'],
    ['a character of Latin-1 in base64', { offset: 1, value: 'QUJÿ' }, 'its value is not base64'],
    ['too little padding', { offset: 1, value: 'QUJDRA=' }, 'its value is not base64'],
    ['too much padding', { offset: 1, value: 'QUJD====' }, 'its value is not base64'],
    ['padding in the middle', { offset: 1, value: 'QQ==QQ==' }, 'its value is not base64'],
    // The number has lost its last digits when the function sees it (KIP-228: timestamps in nanoseconds).
    ['a timestamp beyond 2⁵³', { offset: 1, timestamp: 1_700_000_000_000_000_000 }, 'its timestamp is not a time'],
    ['a timestamp with a fraction', { offset: 1, timestamp: 1.5 }, 'its timestamp is not a time'],
    ['an offset beyond 2⁵³', { offset: 2 ** 53 }, 'its offset is not a whole number'],
  ])('%s is abnormal data, and the rest of the batch is not touched', (_, eventRecord, fault) => {
    const [batch] = toBatches(
      eventOf('orders-0', { offset: 0, value: base64('a') }, eventRecord, { offset: 2, value: base64('b') }),
    )
    expect(batch?.records.map(({ offset }) => offset)).toEqual([0, 2])
    expect(batch?.abnormal).toEqual([
      expect.objectContaining({
        position: 1,
        error: expect.objectContaining({
          code: 'RECORD_UNDECODABLE',
          message: expect.stringContaining(fault),
          topic: 'orders',
          partition: 0,
        }),
      }),
    ])
  })

  test('timestamps before 1970 are kept, as numbers or as text; −1 and none are no timestamp', () => {
    const timestamps = [-62_135_596_800_000, -2, '-2', -1, null, undefined, Number.MAX_SAFE_INTEGER]
    const [batch] = toBatches(eventOf('orders-0', ...timestamps.map((timestamp, offset) => ({ offset, timestamp }))))
    expect(batch?.records.map(({ timestamp }) => timestamp)).toEqual([
      ...[-62_135_596_800_000, -2, -2, -1, -1, -1, Number.MAX_SAFE_INTEGER],
    ])
  })

  test('a topic with hyphens is told by its records or, where they say nothing, by the last hyphen of the group', () => {
    expect(toBatches(eventOf('a-b-c-7', { offset: 0 }))).toMatchObject([{ topic: 'a-b-c', partition: 7 }])
  })

  test('what is decoded is no longer in the event while the rest of it is read, so that its memory is free', () => {
    const groups: Record<string, unknown[]> = { 'orders-0': [], 'orders-1': [] }
    const [first, second] = Object.values(groups) as [unknown[], unknown[]]
    const seen: object[] = []
    const watched = (offset: number) => ({
      value: base64('v'),
      get offset() {
        seen.push({ first: first.filter(Boolean).length, left: second.filter(Boolean).length })
        return offset
      },
    })
    first.push({ offset: 0, value: base64('v') })
    second.push(watched(0), null, watched(2))
    const event = { eventSource: 'aws:kafka', records: groups }
    const [, batch] = toBatches(event)
    expect(seen).toEqual([
      { first: 0, left: 1 },
      { first: 0, left: 0 },
    ])
    expect(event.records).toEqual({ 'orders-0': [], 'orders-1': [] })
    expect(batch).toMatchObject({ records: [{ offset: 0 }, { offset: 2 }], abnormal: [{ position: 1 }] })
  })

  test('an event without records makes no batches', () => {
    expect(toBatches({ eventSource: 'aws:kafka', records: {} })).toEqual([])
    expect(toBatches(eventOf('orders-0'))).toEqual([])
  })
})

describe('an unknown event', () => {
  test.each([
    [{ Records: [{ eventSource: 'aws:sqs' }] }, 'an object with the fields [Records]'],
    [{ eventSource: 'aws:s3', records: {} }, 'eventSource "aws:s3"'],
    [{ eventSource: 'aws:kafka', records: { 'orders-0': 'x' } }, 'eventSource "aws:kafka"'],
    [[1, 2], 'an array of 2'],
    [null, 'null'],
    ['text', 'a string'],
  ])('%j is refused, naming what was seen', (event, seen) => {
    expect(() => toBatches(event)).toThrow(
      expect.objectContaining({ code: 'EVENT_UNKNOWN', message: expect.stringContaining(seen) }),
    )
  })

  // A group `orders-` was taken for partition 0.
  test.each(['orders', 'orders-', '-0', 'orders-0x1', 'orders-1e3', 'orders-2147483648'])(
    'a group that is no topic-partition is refused: %s',
    group => {
      expect(() => toBatches(eventOf(group, { offset: 0 }))).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
    },
  )
})

describe('the response', () => {
  const { toResponse } = detectPlatform({ eventSource: 'aws:kafka', records: {} })
  const error = Object.assign(new Error('the store is away'), { code: 'STORE_UNAVAILABLE' }) as never
  const results = [
    { topic: 'orders', partition: 0, failure: { error, offsets: [7, 9], undone: [7, 9] } },
    { topic: 'orders', partition: 1 },
  ]

  test('lists every record from the failing one on, by the names of the event', () => {
    expect(toResponse(results, { partialBatchResponses: true })).toEqual({
      batchItemFailures: [
        { itemIdentifier: { partition: 'orders-0', offset: 7 } },
        { itemIdentifier: { partition: 'orders-0', offset: 9 } },
      ],
    })
  })

  test('is an error where the mapping does not understand partial responses', () => {
    expect(() => toResponse(results, { partialBatchResponses: false })).toThrow('the store is away')
  })

  test('is an error where the failing record has no offset to name', () => {
    const nameless = [{ topic: 'orders', partition: 0, failure: { error, offsets: [-1, 9], undone: [-1, 9] } }]
    expect(() => toResponse(nameless, { partialBatchResponses: true })).toThrow('the store is away')
    const placeless = [{ topic: '', partition: -1, failure: { error, offsets: [9], undone: [9] } }]
    expect(() => toResponse(placeless, { partialBatchResponses: true })).toThrow('the store is away')
  })

  test('is an empty list, or nothing, when all went well', () => {
    expect(toResponse([{ topic: 'orders', partition: 1 }], { partialBatchResponses: true })).toEqual({
      batchItemFailures: [],
    })
    expect(toResponse([{ topic: 'orders', partition: 1 }], { partialBatchResponses: false })).toBeUndefined()
  })
})
