import type { RecordsBatch } from '@platformatic/kafka'
import { committedRecords } from '../../../../lib/kafka/read/committed-records.ts'

const place = { topic: 'orders', partition: 3 }
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const LOG_APPEND_TIME = 0x08

/** A batch with a record for each of these distances from its first offset. */
function batch(firstOffset: number, deltas: number[], fields: Partial<RecordsBatch> = {}): RecordsBatch {
  const records = deltas.map(offsetDelta => ({
    ...{ length: 0, attributes: 0, timestampDelta: BigInt(offsetDelta), offsetDelta },
    ...{ key: null, value: Buffer.from(String(firstOffset + offsetDelta)), headers: [] },
  }))
  return {
    ...{ firstOffset: BigInt(firstOffset), length: 0, partitionLeaderEpoch: 0, magic: 2, crc: 0, attributes: 0 },
    ...{ lastOffsetDelta: deltas.at(-1) ?? 0, firstTimestamp: 1000n, maxTimestamp: 5000n, producerId: -1n },
    ...{ producerEpoch: 0, firstSequence: 0, records, ...fields },
  } as RecordsBatch
}

const sent = (producerId: bigint, firstOffset: number, deltas: number[]) =>
  batch(firstOffset, deltas, { producerId, attributes: TRANSACTIONAL })

function marker(producerId: bigint, offset: number, type: 'abort' | 'commit'): RecordsBatch {
  const end = batch(offset, [0], { producerId, attributes: TRANSACTIONAL | CONTROL })
  Object.assign(end.records[0] as object, { key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]) })
  return end
}

const offsetsOf = (from: number, batches: RecordsBatch[], aborted: [bigint, number][] = []) => {
  const transactions = aborted.map(([producerId, offset]) => ({ producerId, firstOffset: BigInt(offset) }))
  const { records, next } = committedRecords(place, from, { batches, aborted: transactions })
  return { offsets: records.map(({ offset }) => offset), next }
}

test('records before the offset that was asked for are left out, and the next fetch begins behind the last batch', () => {
  expect(offsetsOf(6, [batch(4, [0, 1, 2, 3]), batch(10, [0, 2])])).toEqual({ offsets: [6, 7, 10, 12], next: 13 })
})

test('what compaction has emptied advances the offset all the same', () => {
  expect(offsetsOf(0, [batch(0, [], { lastOffsetDelta: 41 })])).toEqual({ offsets: [], next: 42 })
  expect(offsetsOf(7, [])).toEqual({ offsets: [], next: 7 })
})

test('an aborted transaction is left out whose end is in a later fetch, and others between its records are not', () => {
  const batches = [sent(1n, 0, [0, 1]), sent(2n, 2, [0]), batch(3, [0]), sent(1n, 4, [0]), marker(2n, 5, 'commit')]
  expect(offsetsOf(0, batches, [[1n, 0]])).toEqual({ offsets: [2, 3], next: 6 })
})

test('a producer’s transactions are judged one by one', () => {
  const batches = [
    ...[sent(1n, 0, [0]), marker(1n, 1, 'abort'), sent(1n, 2, [0]), marker(1n, 3, 'commit')],
    ...[sent(1n, 4, [0]), marker(1n, 5, 'abort'), sent(1n, 6, [0]), marker(1n, 7, 'commit')],
  ]
  const aborted: [bigint, number][] = [
    [1n, 4],
    [1n, 0],
  ]
  expect(offsetsOf(0, batches, aborted)).toEqual({ offsets: [2, 6], next: 8 })
})

test('an aborted transaction that began before the fetch is known by its marker', () => {
  expect(offsetsOf(5, [sent(1n, 4, [0, 1, 2]), marker(1n, 7, 'abort'), sent(1n, 8, [0])], [[1n, 2]])).toEqual({
    offsets: [8],
    next: 9,
  })
})

test('timestamps are those of the producer, of the broker where the topic says so, or none', () => {
  const timesOf = (one: RecordsBatch) =>
    committedRecords(place, 0, { batches: [one], aborted: [] }).records.map(({ timestamp }) => timestamp)
  expect(timesOf(batch(0, [0, 7]))).toEqual([1000, 1007])
  expect(timesOf(batch(0, [0, 7], { attributes: LOG_APPEND_TIME }))).toEqual([5000, 5000])
  expect(timesOf(batch(0, [0], { firstTimestamp: -1n, maxTimestamp: -1n }))).toEqual([-1])
})
