import { type PathFormat, parsePathFormat } from '../../../lib/objects/time-path.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { form, from, records, START, StagedTopic } from '../../support/staged-topic.ts'

const all = { flushSize: 1 }

/** Records with these values, at the offsets from the first one on. */
const valued = (values: readonly string[], first = 0, later = 0): KafkaRecord[] =>
  records(from(first, first + values.length - 1)).map((record, nth) => ({
    ...record,
    timestamp: record.timestamp + later,
    value: Buffer.from(values[nth] ?? ''),
  }))

describe('records of `raw`, which keeps no offsets, are those of an object', () => {
  const raw = { ...form, format: 'raw' as const }
  const switched = ['off', 'on', 'off', 'on', 'on', 'off', 'on', 'off']

  async function committed(values: readonly string[]): Promise<StagedTopic> {
    const topic = new StagedTopic()
    await topic.stage(valued(values), raw)
    await topic.compact(all)
    return topic
  }

  // Values that repeat are told apart by where they stand: a wrong answer deletes records that are in no object.
  test('if they stand there one behind the other, however batches are cut', async () => {
    const topic = await committed(switched)
    await topic.stage(valued(switched.slice(2, 5), 2), raw)
    await topic.stage(valued([...switched.slice(6), 'new'], 6), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 0, remaining: 0, records: 1 })
  })

  test('but not if a line is the end of another', async () => {
    const topic = await committed(['{"old":0}', '{"old":1}', '{"old":2}'])
    await topic.stage(valued(['}', '1}']), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, deleted: 0 })
  })

  test('but not if only some are there, with others between them', async () => {
    const topic = await committed(['off', 'on', 'on', 'off'])
    await topic.stage(valued(['off', 'off']), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, deleted: 0 })
  })

  test.each([
    ['all', 0, 3],
    ['some', 6, 11],
  ])('but not if they are of another time: %s of them are at its offsets', async (_, first, last) => {
    const topic = await committed(switched)
    const values = from(first, last).map(offset => switched[offset] ?? 'more')
    await topic.stage(valued(values, first, 86_400_000), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, deleted: 0, records: 0 })
  })

  test('across chunks of a large object', async () => {
    const values = from(0, 29_999).map(offset => `${offset}-${'x'.repeat(offset % 97)}`)
    const topic = await committed(values)
    await topic.stage(valued(values.slice(12_345, 25_000), 12_345), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 0, deleted: 1 })
  })
})

// The records of a topic that was made anew are in no object of their path, so no output ever ends the search.
test('a late record is looked for in the entries that took its offset, not in all that followed', async () => {
  const format = parsePathFormat('yyyy/MM/dd') as PathFormat
  const topic = new StagedTopic({ partitioner: { name: 'time', format, timeZone: 'UTC' } })
  for (let offset = 0; offset < 60; offset++) {
    await topic.stage(records([offset]))
    await topic.compact(all)
  }
  await topic.stage(records([0]).map(record => ({ ...record, timestamp: START + 40 * 86_400_000 })))
  let reads = 0
  const store = topic.store.client((call, key) => {
    if (call === 'get' && key.includes('_commits')) reads++
  })
  expect(await topic.compact(all, { store })).toMatchObject({ quarantined: 1 })
  expect(reads).toBeLessThan(12)
})
