import { createCommitLog, type LogEntry } from '../commits/commit-log.ts'
import type { CommitStore } from '../commits/commit-store.ts'
import type { Unit } from '../commits/entry.ts'
import { objectsAfter, stateAfter } from '../commits/log-state.ts'
import { unitsWithLog } from '../commits/log-units.ts'
import { countOf } from '../commits/offset-runs.ts'
import { entriesOf, type ReadEntry } from '../commits/read-entries.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { InventoryLine, ObjectLine, OffsetsLine, TotalLine } from './inventory-line.ts'
import { OffsetSweep } from './offset-sweep.ts'

export interface InventoryPlace {
  store: CommitStore
  /** The connector's folder, without slashes at either end. */
  prefix: string
  /** Only this topic. */
  topic?: string
  /** How old the newest record of an object may be, in milliseconds. Absent: objects stay. */
  recordRetentionMs?: number
}

/**
 * What a connector with rotation has in its objects, from its logs alone: the objects aren't listed. Units come one after the
 * other, the newest objects of each first. What is staged and in quarantine is listed behind them. Memory doesn't grow with a
 * log, except for offsets that came late.
 *
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store
 */
export async function* inventory(place: InventoryPlace): AsyncGenerator<InventoryLine> {
  const total: TotalLine = { type: 'total', objects: 0, bytes: 0, staged: 0, stagedBytes: 0, quarantined: 0 }
  for await (const unit of unitsWithLog(place.store, place.prefix)) {
    if (place.topic !== undefined && unit.topic !== place.topic) continue
    for await (const line of unitLines(unit, place)) {
      if (line.type === 'unit') {
        total.objects += line.objects
        total.bytes += line.bytes
      }
      yield line
    }
  }
  yield* waitingLines(place, total)
  yield total
}

/** What is staged and in quarantine, counted in `total`. */
export async function* waitingLines(place: InventoryPlace, total: TotalLine): AsyncGenerator<InventoryLine> {
  const { store, prefix, topic } = place
  for await (const { key, size, modified } of store.list(stagingFolder(prefix, topic))) {
    const name = parseStagedKey(prefix, key)
    if (!name) continue
    total.staged++
    total.stagedBytes += size
    total.oldestStaged = Math.min(total.oldestStaged ?? modified, modified)
    const { partition, firstOffset, lastOffset, records } = name
    const offsets = { partition, firstOffset, lastOffset, records }
    yield { type: 'staged', topic: name.topic, ...offsets, bytes: size, staged: modified, key }
  }
  for await (const { key, size, modified } of store.list(quarantineFolder(prefix, topic))) {
    total.quarantined++
    yield { type: 'quarantined', key, bytes: size, quarantined: modified }
  }
}

/** Where staged objects are put aside: the same folders as those of {@link stagingFolder}. */
function quarantineFolder(prefix: string, topic: string | undefined): string {
  return stagingFolder(prefix, topic).replace(/_staging\/([^/]*\/)?$/, '_quarantine/$1')
}

async function* unitLines(
  unit: Unit,
  { store, prefix, recordRetentionMs }: InventoryPlace,
): AsyncGenerator<InventoryLine> {
  const log = createCommitLog(store, prefix, unit)
  const sweep = new OffsetSweep()
  const sums = { objects: 0, records: 0, bytes: 0, missing: 0 }
  let isReplaced = false
  let newest: ReadEntry | undefined
  for await (const entry of entriesOf(log)) {
    const { plan, done, before } = entry
    if (!newest) {
      newest = entry
      yield* damagedLines(unit, entry)
    }
    // An entry that keeps the newest record of each key names all objects that are there after it.
    for (const line of isReplaced ? [] : objectLines(unit, entry)) {
      if (isExpired(line, recordRetentionMs)) {
        yield { ...line, expired: true }
        continue
      }
      sums.objects++
      sums.records += line.records ?? 0
      sums.bytes += line.bytes
      yield line
    }
    isReplaced ||= done?.latest !== undefined
    for (const { kind, partition, offsets } of sweep.add(plan, before)) {
      if (kind === 'gap') sums.missing += countOf(offsets)
      yield* offsetLines(unit.topic, kind, partition, offsets)
    }
  }
  if (!newest) return
  const { sequence, positions, earlier } = newest.plan
  const state = { positions, ...(earlier ? { earlier } : {}), sequence, isUnderWay: newest.done === undefined }
  yield { type: 'unit', ...unit, ...sums, ...state }
}

/** As the daily sweep decides: by the newest record, or if Kafka gave none a timestamp, by when the object was committed. */
function isExpired({ maxTimestamp, written }: ObjectLine, retentionMs = Number.POSITIVE_INFINITY): boolean {
  const age = maxTimestamp === undefined || maxTimestamp === -1 ? written : maxTimestamp
  return age + retentionMs <= Date.now()
}

function* objectLines(unit: Unit, { plan, done }: ReadEntry): Generator<ObjectLine> {
  for (const output of (done ? objectsAfter(done) : []).toReversed()) {
    const { key, path, firstOffset, lastOffset, records, bytes, minTimestamp, maxTimestamp, etag, reason } = output
    yield {
      type: 'object',
      ...unit,
      ...{ key, path, firstOffset, lastOffset, bytes, written: done?.created ?? 0 },
      ...{ records, minTimestamp, maxTimestamp, etag, reason, sequence: plan.sequence },
    }
  }
}

function* damagedLines({ topic }: Unit, newest: LogEntry): Generator<OffsetsLine> {
  for (const { partition, offsets } of stateAfter(newest).missing) {
    for (const line of offsetLines(topic, 'gap', partition, offsets)) yield { ...line, reason: 'damaged' }
  }
}

function* offsetLines(
  topic: string,
  type: OffsetsLine['type'],
  partition: number,
  offsets: OffsetRuns,
): Generator<OffsetsLine> {
  for (const [first, count] of offsets.toReversed())
    yield { type, topic, partition, firstOffset: first, lastOffset: first + count - 1 }
}
