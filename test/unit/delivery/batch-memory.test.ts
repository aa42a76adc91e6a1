import type { RecordBatch } from '../../../lib/batch.ts'
import { BatchMemory } from '../../../lib/delivery/batch-memory.ts'
import { Progress } from '../../../lib/delivery/progress.ts'
import { CodedError } from '../../../lib/error.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { range } from '../../support/timed-dump.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

const record = (offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord => ({
  ...{ topic: 'orders', partition: 0, offset, timestamp: 1, key: Buffer.from('k'), value: Buffer.from(`${offset}`) },
  ...{ headers: [{ key: 'h', value: null }], ...fields },
})

const batchOf = (records: KafkaRecord[], partition = 0): RecordBatch => ({
  ...{ topic: 'orders', partition, records, abnormal: [] },
})

const offsetsOf = (records: Iterable<KafkaRecord>) => Array.from(records, ({ offset }) => offset)

/** What is left of a batch after a memory has recalled the even ones of ten records. */
function leftOf(batch: RecordBatch, memory = remembering()): number[] {
  return offsetsOf(memory.recall(batch).remaining(batch.records))
}

function remembering(): BatchMemory {
  const memory = new BatchMemory()
  const batch = batchOf(range(0, 10).map(offset => record(offset)))
  memory.keep(batch, new Progress(batch.records.filter(({ offset }) => offset % 2 === 0)))
  return memory
}

test('the same records, delivered again, continue from what is done', () => {
  expect(leftOf(batchOf(range(0, 10).map(offset => record(offset))))).toEqual([1, 3, 5, 7, 9])
})

// Each of these is another batch: to leave anything out of it would lose records.
test.each([
  ['another value', { value: Buffer.from('x') }],
  ['a tombstone', { value: null }],
  ['another key', { key: Buffer.from('l') }],
  ['no key', { key: null }],
  ['another timestamp, as of a topic that was created again', { timestamp: 2 }],
  ['another header', { headers: [{ key: 'h', value: Buffer.alloc(0) }] }],
  ['another offset', { offset: 11 }],
  ['bytes that are divided otherwise', { key: Buffer.from('k9'), value: Buffer.alloc(0) }],
])('a batch in which one record has %s starts over', (_, fields) => {
  const records = range(0, 10).map(offset => record(offset, offset === 9 ? fields : {}))
  expect(leftOf(batchOf(records))).toHaveLength(10)
})

test('so does one with more or fewer records, and one of another partition', () => {
  for (const count of [9, 11])
    expect(leftOf(batchOf(range(0, count).map(offset => record(offset))))).toHaveLength(count)
  expect(
    leftOf(
      batchOf(
        range(0, 10).map(offset => record(offset)),
        1,
      ),
    ),
  ).toHaveLength(10)
})

test('records that can’t be decoded count in the event’s order', () => {
  const error = new CodedError('RECORD_UNDECODABLE', 'no base64')
  const make = (): RecordBatch => ({
    ...batchOf([0, 2, 3].map(offset => record(offset))),
    abnormal: [1, 4].map(offset => ({ record: record(offset), error, position: offset === 1 ? 1 : 3 })),
  })
  const memory = new BatchMemory()
  const batch = make()
  memory.keep(batch, new Progress([batch.records[0], batch.abnormal[0]?.record, batch.records[2]] as KafkaRecord[]))
  const again = make()
  const { records, abnormal } = memory.recall(again).remainingOf(again)
  expect([offsetsOf(records), abnormal.map(({ record, position }) => [record.offset, position])]).toEqual([
    [2],
    [[4, 1]],
  ])
})

test('what was recalled is forgotten: the objects may be deleted once the batch is done', () => {
  const memory = remembering()
  const batch = batchOf(range(0, 10).map(offset => record(offset)))
  expect([leftOf(batch, memory).length, leftOf(batch, memory).length]).toEqual([5, 10])
})

// A batch that kept failing would otherwise never be written again, although its objects may have been deleted hours ago.
test('what is older than an hour is forgotten, however often the batch has failed since', async () => {
  const time = new VirtualTime()
  await time.run(async () => {
    const memory = remembering()
    const batch = batchOf(range(0, 10).map(offset => record(offset)))
    for (const minutes of [14, 28, 42, 56]) {
      time.now += 14 * 60_000
      const progress = memory.recall(batch)
      expect([minutes, progress.remaining(batch.records).length]).toEqual([minutes, 5])
      memory.keep(batch, progress)
    }
    time.now += 5 * 60_000
    expect(leftOf(batch, memory)).toHaveLength(10)
  })
})

test('it holds the newest 10,000 topic-partitions, as many as an event can have', () => {
  const memory = new BatchMemory()
  const batches = range(0, 10_100).map(partition => batchOf([record(1, { partition })], partition))
  for (const batch of batches) memory.keep(batch, new Progress(batch.records))
  const known = batches.filter(batch => memory.recall(batch).remaining(batch.records).length === 0)
  expect(known).toEqual(batches.slice(100))
})
