import { createCommitLog, type LogEntry } from '../../../lib/commits/commit-log.ts'
import { stateAfter } from '../../../lib/commits/log-state.ts'
import { type PathFormat, parsePathFormat } from '../../../lib/objects/time-path.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { form, from, PREFIX, records, START, StagedTopic } from '../../support/staged-topic.ts'

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

// The records of a topic that was created again are in no object of their path, so no output ever ends the search.
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

// A record that can't be decoded is put aside, and the others of its batch are written: the object has a hole.
describe('a record that an earlier dump left out', () => {
  test('is taken when it is delivered again, once', async () => {
    const topic = new StagedTopic()
    await topic.dump(records(from(0, 9).filter(offset => offset !== 5)))
    await topic.stage(records(from(10, 12)))
    await topic.compact(all)
    await topic.stage(records([5]))
    await topic.stage(records(from(3, 8)))
    expect(await topic.compact(all)).toMatchObject({ quarantined: 0, remaining: 0 })
    expect(await topic.values()).toEqual(from(0, 12).map(offset => `0.${offset}`))
  })

  test('isn’t one of a topic that was created again, whose other records differ', async () => {
    const topic = new StagedTopic()
    await topic.dump(records(from(0, 9).filter(offset => offset !== 5)))
    await topic.stage(records(from(4, 6), 0, 'anew '))
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, records: 0 })
  })

  test('is never found by lines, which keep no offsets', async () => {
    const raw = { ...form, format: 'raw' as const }
    const topic = new StagedTopic()
    await topic.dump(records(from(0, 9).filter(offset => offset !== 5)))
    await topic.stage(records([5]), raw)
    expect(await topic.compact(all)).toMatchObject({ quarantined: 1, records: 0 })
  })
})

// The damage may be found after some of a batch’s folders are in objects. Each later entry would name the batch for ever.
test('a damaged batch of which some records are in objects is made whole when it comes again', async () => {
  const format = parsePathFormat('yyyy/MM/dd/HH') as PathFormat
  const topic = new StagedTopic({ partitioner: { name: 'time', format, timeZone: 'UTC' } })
  await topic.stage(records(from(0, 3)))
  // From offset 1800 on, it is ten o'clock by the records.
  const key = await topic.stage(records(from(1796, 1801)))
  await topic.compact({ flushSize: 8 })
  const { body } = topic.store.objects.get(key) as { body: Buffer }
  for (let at = 0; at < body.length; at++) body[at] = (body[at] ?? 0) ^ 1
  await topic.compact(all)
  const log = createCommitLog(topic.store, PREFIX, { topic: 'orders', partition: 0 })
  const damaged = stateAfter((await log.newest()) as LogEntry).missing
  expect(damaged).toMatchObject([{ key, partly: true }])
  await topic.stage(records(from(1795, 1801)))
  await topic.compact(all)
  expect(await topic.values()).toEqual([...from(0, 3), ...from(1795, 1801)].map(offset => `0.${offset}`))
  expect(stateAfter((await log.newest()) as LogEntry).missing).toEqual([])
})
