import { boundsOf, countOf, overlapping, subtract } from '../commits/offset-runs.ts'
import type { KafkaRecord } from '../record.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, FetchedRecords, RedrivenRecord } from './failed-records.ts'
import type { Failures } from './failures.ts'

/** Offsets between two wanted ones that are read along: a request takes longer than so many records. */
const NEAR = 500

/**
 * How much later than its failure a record's timestamp may be, in milliseconds, since the clocks of producers differ. A record
 * can't fail before it exists, so a later one is of a topic that was made anew.
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

/** Divides runs where the gap between two of them is not worth reading. */
function nearOnes(runs: OffsetRuns): OffsetRuns[] {
  const groups: OffsetRuns[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const run of runs) {
    if (run[0] - end <= NEAR) groups.at(-1)?.push(run)
    else groups.push([run])
    end = run[0] + run[1]
  }
  return groups
}

async function* fetchNear(
  { kafka }: Failures,
  failed: FailedRecords,
  wanted: OffsetRuns,
): AsyncGenerator<FetchedRecords> {
  const { topic, partition } = failed
  const { first: from, last } = boundsOf(wanted)
  const end = last + 1
  let next = from
  for await (const batch of kafka.read({ topic, partition, from, end })) {
    const behind = (batch.at(-1)?.offset ?? next - 1) + 1
    const asked = within(wanted, next, behind)
    const records = batch.filter(({ offset }) => overlapping(asked, offset, offset).length > 0)
    next = behind
    yield sorted(records, asked, failed)
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

function sorted(found: KafkaRecord[], asked: OffsetRuns, failed: FailedRecords): FetchedRecords {
  const others = found.filter(record => isAnother(record, failed))
  const isOther = new Set(others)
  const records = found.filter(record => !isOther.has(record)).map(record => redriven(record, failed))
  const gone = subtract(asked, runsOf(found.map(({ offset }) => offset)))
  const reason =
    'The topic has other records with these offsets now: they are newer than the failure, or have other timestamps. It was deleted and made anew.'
  const refused = others.length > 0 ? [{ offsets: runsOf(others.map(({ offset }) => offset)), reason }] : []
  return { records, gone, refused }
}

function redriven(record: KafkaRecord, { code, place }: FailedRecords): RedrivenRecord {
  return { record, code, place }
}

/** Whether the record is certainly not the one that failed. */
function isAnother({ offset, timestamp }: KafkaRecord, { place, time }: FailedRecords): boolean {
  if (place.kind !== 'kafka') return false
  const told = place.timestamps?.get(offset)
  if (told !== undefined) return told !== timestamp
  const failed = place.failedAt?.find(({ run: [first, count] }) => first <= offset && offset < first + count)
  const failedAt = failed?.time ?? time
  return failedAt >= 0 && timestamp > failedAt + CLOCKS_MS
}
