import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { CodedError } from '../../../lib/error.ts'
import { detectPlatform, parseEvent } from '../../../lib/platforms/index.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { records as arbitraryRecords } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords, awkwardRecord } from '../../support/awkward-records.ts'
import { platformSenders } from '../../support/platform-senders.ts'

const folder = new URL('../../../events/', import.meta.url)
const sample = (name: string) => readFileSync(new URL(`${name}.json`, folder), 'utf8')
const toBatches = (event: unknown) => detectPlatform(event).toBatches(event)

/** What formats tend to lose, and what platforms may take for something else. */
const awkward: KafkaRecord[] = [
  ...allAwkwardRecords,
  ...[
    { key: Buffer.from('None'), value: Buffer.from('null') },
    { key: Buffer.from('JSON text'), value: Buffer.from('"text"') },
    { headers: [{ key: 'Trace-ID', value: Buffer.from('1') }] },
  ].map((fields, index) => ({ ...awkwardRecord(fields), offset: 2 ** 53 - 2 + index - 2 ** 10 })),
]

describe.each(platformSenders)('%s', (_, { name, sample: plain = name, event, carried }) => {
  const expected = (records: KafkaRecord[]) => {
    const { topic, partition } = carried(records[0] as KafkaRecord)
    return { topic, partition, records: records.map(carried), abnormal: [] }
  }

  test('hands over each awkward record, as far as the platform carries it', () => {
    expect(toBatches(event(awkward))).toEqual([expected(awkward)])
  })

  test('law: what the platform carries comes back byte for byte, in order', () => {
    fc.assert(
      fc.property(arbitraryRecords(1), original => {
        expect(toBatches(event(original))).toEqual([expected(original)])
      }),
      { numRuns: 15 },
    )
  })

  test('makes one batch of each topic-partition, however their records lie', () => {
    const elsewhere = carried(awkward[0] as KafkaRecord).partition < 0 ? { topic: 'payments' } : { partition: 0 }
    // Where a platform says no partitions, topics do the same.
    const other = awkward.map(record => ({ ...record, ...elsewhere }))
    const mixed = awkward.flatMap((record, index) => [record, other[index] as KafkaRecord])
    expect(toBatches(event(mixed))).toEqual([expected(awkward), expected(other)])
  })

  test('its sample is an ordinary event, also as text and as bytes', () => {
    const batches = toBatches(JSON.parse(sample(plain)))
    expect(batches.flatMap(({ abnormal }) => abnormal)).toEqual([])
    expect(batches.flatMap(({ records }) => records)).toHaveLength(3)
    expect(toBatches(parseEvent(Buffer.from(sample(plain))))).toEqual(batches)
    expect(toBatches(parseEvent(sample(plain)))).toEqual(batches)
  })

  test('one bad record of its odd cases becomes abnormal data, at its place; the others are not touched', () => {
    const batches = toBatches(JSON.parse(sample(`${name}-odd-cases`)))
    const [bad] = batches.filter(({ abnormal }) => abnormal.length > 0)
    expect(bad?.records.length).toBeGreaterThan(0)
    for (const { error, position } of bad?.abnormal ?? []) {
      expect(error.code).toBe('RECORD_UNDECODABLE')
      expect(position).toBeGreaterThan(0)
    }
  })

  test('a failure that it can’t be told of otherwise is an error, success is none', () => {
    const platform = detectPlatform(event(awkward))
    const results = [{ topic: 'orders', partition: 1 }]
    const failure = { error: new CodedError('STORE_UNAVAILABLE', 'the store is away'), offsets: [7, 9] }
    const options = { partialBatchResponses: false }
    expect(platform.toResponse(results, options)).toBeUndefined()
    expect(() => platform.toResponse([...results, { topic: 'orders', partition: 0, failure }], options)).toThrow(
      'the store is away',
    )
  })
})

test('each sample event is of one platform only', () => {
  const owners = readdirSync(folder).map(file => [file, detectPlatform(JSON.parse(sample(file.slice(0, -5)))).name])
  for (const [file, owner] of owners) {
    const prefix = file?.replace(/(-odd-cases|-msk|-self-managed)?\.json$/, '')
    expect([file, owner]).toEqual([file, owners.find(([first]) => first?.startsWith(`${prefix}`))?.[1]])
  }
  expect(new Set(owners.map(([, owner]) => owner)).size).toBe(7)
})

describe('an event that says no topic-partition', () => {
  test.each([
    ['Alibaba', [{ type: 'alikafka:Topic:Message', data: { offset: 1 } }]],
    ['Tencent', { Records: [{ Ckafka: { topic: 'orders', offset: 1 } }] }],
    ['FunctionGraph', { trigger_type: 'KAFKA', records: [{ messages: ['m'] }] }],
    ['Azure', [{ Offset: 1, Partition: null, Topic: 'orders' }]],
    ['Azure, binary', { topic: 't', values: [Buffer.from('v')], triggerMetadata: { offsetArray: [1] } }],
    ['Knative', [{ type: 'dev.knative.kafka.event', source: '/apis/v1#orders', id: 'partition:0' }]],
    ['Knative, without a topic', [{ type: 'dev.knative.kafka.event', source: '/a', id: 'partition:0/offset:1' }]],
    ['bytes that are no JSON', Buffer.from('orders')],
  ])('%s: is refused', (_, event) => {
    expect(() => toBatches(parseEvent(event))).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
  })
})
