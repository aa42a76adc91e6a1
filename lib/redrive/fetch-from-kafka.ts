import { boundsOf, countOf, overlapping, subtract } from '../commits/offset-runs.ts'
import type { PartitionRecords } from '../kafka/read/partition-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, FetchedRecords, RedrivenRecord } from './failed-records.ts'
import type { Failures } from './failures.ts'
import { nearOnes } from './near-offsets.ts'

/**
 * How much later than its failure a record's timestamp may be, in milliseconds, since the clocks of producers differ. A record
 * can't fail before it exists, so a later one is of a topic that was made anew, unless its producer's clock is ahead.
 */
const CLOCKS_MS = 60_000

/** Gets exactly these offsets from the source. What it no longer has, is told. */
export async function* fetchFromKafka(failures: Failures, failed: FailedRecords): AsyncGenerator<FetchedRecords> {
  const { topic, partition, offsets } = failed
  const { kafka } = failures
  const reason = failures.unlike ?? (isExact(failed) ? undefined : failures.inexact)
  if (reason) {
    yield { records: [], gone: [], refused: [{ offsets, reason }] }
    return
  }
  const bounds = (await kafka.bounds(topic)).get(partition)
  const there: OffsetRuns = bounds ? [[bounds.start, bounds.end - bounds.start]] : []
  const gone = subtract(offsets, there)
  if (countOf(gone) > 0) yield { records: [], gone, refused: [] }
  for (const wanted of nearOnes(subtract(offsets, gone))) yield* fetchNear(failures, failed, wanted)
}

/** Whether each of the offsets was named, and not only the first and the last one. */
function isExact({ place }: FailedRecords): boolean {
  return place.kind !== 'kafka' || place.named === 'log' || place.named === 'topic'
}

async function* fetchNear(
  { kafka }: Failures,
  failed: FailedRecords,
  wanted: OffsetRuns,
): AsyncGenerator<FetchedRecords> {
  const { topic, partition } = failed
  const { first: from, last } = boundsOf(wanted)
  const end = last + 1
  const beginning = beginningOf(kafka, failed)
  let next = from
  for await (const batch of kafka.read({ topic, partition, from, end })) {
    const behind = (batch.at(-1)?.offset ?? next - 1) + 1
    const asked = within(wanted, next, behind)
    const records = batch.filter(({ offset }) => overlapping(asked, offset, offset).length > 0)
    next = behind
    yield await sorted(records, asked, failed, beginning)
  }
  const left = within(wanted, next, end)
  if (countOf(left) > 0) yield { records: [], gone: left, refused: [] }
}

/** The wanted offsets from one to another, which is excluded. */
function within(wanted: OffsetRuns, from: number, end: number): OffsetRuns {
  return overlapping(wanted, from, end - 1).map(([first, count]) => {
    const begin = Math.max(first, from)
    return [begin, Math.min(first + count, end) - begin]
  })
}

/** Asks for the timestamp of the first record that the partition still has, once; undefined when it has none. */
function beginningOf(kafka: PartitionRecords, { topic, partition }: TopicPartition): () => Promise<number | undefined> {
  async function first(): Promise<number | undefined> {
    const bounds = (await kafka.bounds(topic)).get(partition)
    if (!bounds) return undefined
    for await (const [record] of kafka.read({ topic, partition, from: bounds.start, end: bounds.end }))
      if (record) return record.timestamp
    return undefined
  }
  let asked: Promise<number | undefined> | undefined
  return () => {
    asked ??= first()
    return asked
  }
}

async function sorted(
  found: KafkaRecord[],
  asked: OffsetRuns,
  failed: FailedRecords,
  beginning: () => Promise<number | undefined>,
): Promise<FetchedRecords> {
  const isOther = new Set<KafkaRecord>()
  for (const record of found) if (await isAnother(record, failed, beginning)) isOther.add(record)
  const records = found.filter(record => !isOther.has(record)).map(record => redriven(record, failed))
  const gone = subtract(asked, runsOf(found.map(({ offset }) => offset)))
  const reason =
    'The topic has other records with these offsets now: they are newer than the failure, or have other timestamps. It was deleted and made anew.'
  const refused = isOther.size > 0 ? [{ offsets: runsOf([...isOther].map(({ offset }) => offset)), reason }] : []
  return { records, gone, refused }
}

function redriven(record: KafkaRecord, { code, place }: FailedRecords): RedrivenRecord {
  return { record, code, place }
}

/** Whether the record is certainly not the one that failed. */
async function isAnother(
  { offset, timestamp }: KafkaRecord,
  { place, time }: FailedRecords,
  beginning: () => Promise<number | undefined>,
): Promise<boolean> {
  if (place.kind !== 'kafka') return false
  const told = place.timestamps?.get(offset)
  if (told !== undefined) return told !== timestamp
  const failed = place.failedAt?.find(({ run: [first, count] }) => first <= offset && offset < first + count)
  const failedAt = failed?.time ?? time
  if (failedAt < 0 || timestamp <= failedAt + CLOCKS_MS) return false
  // A topic with an older record was there, so the clock of this record's producer is ahead.
  const first = await beginning()
  return first === undefined || first > failedAt + CLOCKS_MS
}
