import { createCommitLog, type LogEntry } from '../commits/commit-log.ts'
import type { CommitStore } from '../commits/commit-store.ts'
import type { CommittedObject, Plan, Unit } from '../commits/entry.ts'
import { effectiveOffsets, objectsAfter } from '../commits/log-state.ts'
import { boundsOf } from '../commits/offset-runs.ts'
import { entriesOf } from '../commits/read-entries.ts'
import { Consumed, type ConsumedOffsets } from './consumed.ts'
import type { DumpSource } from './dump-source.ts'
import type { Bounds, DumpedObject } from './dumped-object.ts'

/** What the log of a unit says of objects. */
export interface CommittedUnit {
  unit: Unit
  objects: DumpedObject[]
  /** Keys of objects that don't count: they were replaced, or are still being written from what is staged. */
  excluded: Set<string>
  /** By partition, the offset up to which it has taken everything that was staged in time, this offset left out. */
  positions: Readonly<Record<string, number>>
  /** Where only the newest record of each key is kept. */
  consumed: ConsumedOffsets
}

/** @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`, and those of the store */
export async function committedUnit(unit: Unit, source: DumpSource): Promise<CommittedUnit> {
  const log = createCommitLog(source.store as CommitStore, source.prefix, unit)
  const objects: DumpedObject[] = []
  const excluded = new Set<string>()
  const consumed = new Consumed()
  let newest: LogEntry | undefined
  let isReplaced = false
  for await (const { plan, done, gap } of entriesOf(log)) {
    if (done) newest ??= { plan, done, gap }
    for (const { key } of plan.replaced ?? []) excluded.add(key)
    if (!done) for (const { key } of plan.outputs) excluded.add(key)
    const outputs = !done ? [] : isReplaced ? done.outputs : objectsAfter(done)
    for (const output of outputs) {
      // An entry that keeps the newest record of each key names all objects that are there after it.
      if (isReplaced) excluded.add(output.key)
      else objects.push(objectOf(output, { unit, source, plan, written: done?.created ?? 0 }))
    }
    isReplaced ||= done?.latest !== undefined
    if (done && isReplaced) consumed.add(plan)
  }
  for (const { key } of objects) excluded.delete(key)
  const more = { positions: newest?.plan.positions ?? {}, consumed: newest ? consumed.offsets(newest) : new Map() }
  return { unit, objects, excluded, ...more }
}

interface Committing {
  unit: Unit
  source: DumpSource
  plan: Plan
  written: number
}

function objectOf(output: CommittedObject, { unit, source, plan, written }: Committing): DumpedObject {
  const { key, bytes, firstOffset, lastOffset, records, minTimestamp, maxTimestamp } = output
  const isLatest = plan.latest !== undefined
  const isOfAll = unit.partition === 'all'
  return {
    ...{ source, key, size: bytes, ...unit, written, records, minTimestamp, maxTimestamp },
    ...(output.gap === undefined ? {} : { lacks: true as const }),
    kind: isLatest ? 'latest' : 'committed',
    ...(isOfAll ? {} : { bounds: { first: firstOffset, last: lastOffset } }),
    ...(isOfAll && !isLatest ? { boundsOf: boundsByPartition(output.key, plan) } : {}),
  }
}

/** Between which offsets the inputs of an output are. They may have records of other paths, too. */
function boundsByPartition(key: string, { outputs, inputs }: Plan): Map<number, Bounds> | undefined {
  const frames = outputs.find(output => output.key === key)?.frames
  if (!frames) return undefined
  const bounds = new Map<number, Bounds>()
  for (const index of new Set(frames.map(([input]) => input))) {
    const input = inputs[index]
    if (!input) continue
    const { first, last } = boundsOf(effectiveOffsets(input))
    const known = bounds.get(input.partition)
    bounds.set(input.partition, {
      first: Math.min(known?.first ?? first, first),
      last: Math.max(known?.last ?? last, last),
    })
  }
  return bounds
}
