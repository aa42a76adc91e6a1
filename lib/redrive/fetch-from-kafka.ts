import { boundsOf, countOf, overlapping, subtract, unite } from '../commits/offset-runs.ts'
import type { PartitionRecords } from '../kafka/read/partition-records.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, FetchedRecords, RedrivenRecord } from './failed-records.ts'
import type { Failures } from './failures.ts'
import { nearOnes } from './near-offsets.ts'

/**
 * How much later than its failure a record's timestamp may be, in milliseconds, since the clocks of producers differ. A record
 * can't fail before it exists, so a later one is of a topic that was created again, unless its producer's clock is ahead.
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

/**
 * Asks for the earliest timestamp of the first records that the partitions of the topic still have, once; undefined when there is
 * none. All partitions are asked, as the first record of one may be of a producer whose clock is ahead.
 */
function beginningOf(kafka: PartitionRecords, { topic }: TopicPartition): () => Promise<number | undefined> {
  async function earliest(): Promise<number | undefined> {
    let least: number | undefined
    for (const [partition, { start, end }] of await kafka.bounds(topic)) {
      for await (const [record] of kafka.read({ topic, partition, from: start, end })) {
        if (!record) continue
        if (record.timestamp >= 0) least = Math.min(least ?? record.timestamp, record.timestamp)
        break
      }
    }
    return least
  }
  let asked: Promise<number | undefined> | undefined
  return () => {
    asked ??= earliest()
    return asked
  }
}

async function sorted(
  found: KafkaRecord[],
  asked: OffsetRuns,
  failed: FailedRecords,
  beginning: () => Promise<number | undefined>,
): Promise<FetchedRecords> {
  const others = new Map<string, OffsetRuns>()
  const records: RedrivenRecord[] = []
  for (const record of found) {
    const reason = await refusalOf(record, failed, beginning)
    if (!reason) records.push(redriven(record, failed))
    else others.set(reason, unite(others.get(reason) ?? [], [[record.offset, 1]]))
  }
  const gone = subtract(asked, runsOf(found.map(({ offset }) => offset)))
  return { records, gone, refused: Array.from(others, ([reason, offsets]) => ({ offsets, reason })) }
}

function redriven(record: KafkaRecord, { code, place }: FailedRecords): RedrivenRecord {
  return { record, code, place }
}

const OTHER =
  'The topic has other records with these offsets now: their timestamps are not those of the ones that failed. It was deleted and created again.'
const NEWER =
  'The first records of the topic are newer than the failure, and so are these. It may have been deleted and created again since; ' +
  'or the clocks of its producers are ahead. Nothing tells these apart, so check the records, and produce them again if they are the right ones.'

/** Why the record can't be taken for the one that failed; undefined when it can. */
async function refusalOf(
  { offset, timestamp }: KafkaRecord,
  { place, time }: FailedRecords,
  beginning: () => Promise<number | undefined>,
): Promise<string | undefined> {
  if (place.kind !== 'kafka') return undefined
  const told = place.timestamps?.get(offset)
  if (told !== undefined) return told === timestamp ? undefined : OTHER
  const failed = place.failedAt?.find(({ run: [first, count] }) => first <= offset && offset < first + count)
  const failedAt = failed?.time ?? time
  if (failedAt < 0 || timestamp <= failedAt + CLOCKS_MS) return undefined
  // A topic with an older record was there, so the clock of this record's producer is ahead.
  const first = await beginning()
  return first === undefined || first > failedAt + CLOCKS_MS ? NEWER : undefined
}
