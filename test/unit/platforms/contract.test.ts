import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { CodedError } from '../../../lib/error.ts'
import { remainingMs } from '../../../lib/platforms/context.ts'
import { detectPlatform, parseEvent, platformNames, platforms } from '../../../lib/platforms/index.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { records as arbitraryRecords } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords, awkwardRecord } from '../../support/awkward-records.ts'
import { platformSenders } from '../../support/platform-senders.ts'

const folder = new URL('../../../events/', import.meta.url)
const page = readFileSync(new URL('../../../docs/platforms/README.md', import.meta.url), 'utf8')
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

const senders = platformNames.flatMap(name =>
  platformSenders[name].map(sender => ({ title: [name, sender.way].filter(Boolean).join(', '), name, ...sender })),
)

describe.each(senders)('$title', ({ name, sample: plain = name, event, carried, unplaceable, context }) => {
  test('is detected by its events, and by no other platform', () => {
    expect(platformNames.filter(other => platforms[other].matches(event(awkward)))).toEqual([name])
  })

  test('is refused when none of its records names a topic-partition', () => {
    expect(unplaceable.length).toBeGreaterThan(0)
    for (const malformed of unplaceable) {
      expect(platforms[name].matches(malformed)).toBe(true)
      expect(() => toBatches(malformed)).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
    }
  })

  test('says how long an invocation may run', () => {
    expect(remainingMs(context)).toBe(1500)
  })

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
    const platform = platforms[name]
    const results = [{ topic: 'orders', partition: 1 }]
    const failure = { error: new CodedError('STORE_UNAVAILABLE', 'the store is away'), offsets: [7, 9], undone: [9] }
    const options = { partialBatchResponses: false }
    expect(platform.toResponse(results, options)).toBeUndefined()
    expect(() => platform.toResponse([...results, { topic: 'orders', partition: 0, failure }], options)).toThrow(
      'the store is away',
    )
  })
})

test.each(readdirSync(folder).map(file => file.slice(0, -'.json'.length)))(
  'the sample %s is of one platform only',
  name => {
    const event = JSON.parse(sample(name))
    const [owner] = platformNames.filter(platform => name.startsWith(platform))
    expect(platformNames.filter(platform => platforms[platform].matches(event))).toEqual([owner])
  },
)

test.each(platformNames)('docs/platforms/README.md has a row for %s', name => {
  const [platform = ''] = platforms[name].title.split(' (')
  expect(page).toMatch(new RegExp(`^\\| \\[?${RegExp.escape(platform)}`, 'm'))
})

test('bytes that are not JSON are refused', () => {
  expect(() => toBatches(parseEvent(Buffer.from('orders')))).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
})
