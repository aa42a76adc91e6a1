import type { Coverage, CoverageLookup } from '../commits/coverage.ts'
import type { Plan, PlannedInput, PlannedOutput } from '../commits/entry.ts'
import { effectiveOffsets } from '../commits/log-state.ts'
import { intersect } from '../commits/offset-runs.ts'
import { formDigest } from '../staging/form.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { CommittedReader } from './committed-reading.ts'
import type { EarlierObject } from './earlier-objects.ts'
import { extensionOf, formOfExtension } from './object-form.ts'
import type { CommittedSource, Sought } from './same-records.ts'
import type { UnitWork } from './unit-work.ts'

/** Where the records of a late object may be. */
export interface Whereabouts {
  coverage: Coverage
  lookup: CoverageLookup
  /** Objects that a dump without rotation left. */
  earlier: EarlierObject[]
  /**
   * Of the offsets that seem to be in objects, a normal set of those that may be in none: an earlier dump left out what it couldn't
   * decode, and of a damaged object some records may be missing.
   */
  uncertain: OffsetRuns
  reader: CommittedReader
}

/** Kafka takes no records that are further ahead of the broker's clock (`log.message.timestamp.after.max.ms`). */
export const AHEAD_MS = 3_600_000

/**
 * The objects in which the records can be: a path depends on its record alone, so the same records are in objects of the same
 * path. Plans are read only while they have some of these offsets, however long the log is.
 *
 * @param offsets of the records
 */
export async function* sourcesOf(
  { form, partition, path }: Sought,
  offsets: OffsetRuns,
  { coverage, lookup, earlier }: Whereabouts,
  { log, compaction }: UnitWork,
): AsyncGenerator<CommittedSource> {
  const formOf = (key: string) => formOfExtension(extensionOf(key), form)
  for (const { key, modified, bounds } of earlier.filter(object => object.path === path)) {
    const held = intersect(offsets, bounds)
    if (held.length === 0) continue
    const times: [number, number] = [Number.NEGATIVE_INFINITY, modified + AHEAD_MS]
    yield { key, form: formOf(key), isSameForm: false, offsets: held, times }
  }
  // Where only the newest records are kept, no entry tells which object has a record.
  if (compaction.keepLatest) return
  const digest = formDigest(form)
  for (let [sequence] = coverage.entries; sequence !== undefined; ) {
    const plan = await lookup.plan(sequence)
    const outputs = plan?.outputs.filter(output => output.path === path) ?? []
    const held = outputs.map(output => ({ output, offsets: offsetsIn(output, plan?.inputs ?? [], partition, offsets) }))
    const some = held.filter(one => one.offsets.length > 0)
    const done = some.length > 0 ? await log.done(sequence) : undefined
    for (const { output, offsets } of some) {
      const { key, minTimestamp, maxTimestamp } = output
      if (!done?.outputs.some(made => made.key === key)) continue
      const times: [number, number] = [minTimestamp, maxTimestamp]
      yield { key, form: formOf(key), isSameForm: output.form === digest, offsets, times }
    }
    sequence = entryAfter(sequence, plan, { partition, offsets }, coverage)
  }
}

/** Which of these offsets an output has. A staged object has all of its records of one path in one frame. */
function offsetsIn({ frames }: PlannedOutput, inputs: PlannedInput[], partition: number, offsets: OffsetRuns) {
  const used = new Set(frames.map(([input]) => input))
  const ofOutput = inputs.filter((input, index) => input.partition === partition && used.has(index))
  return intersect(offsets, ofOutput.flatMap(effectiveOffsets))
}

/** While frames with these offsets wait, the next entry may have them; else the next one that took some of the offsets. */
function entryAfter(
  sequence: number,
  plan: Plan | undefined,
  { partition, offsets }: { partition: number; offsets: OffsetRuns },
  { entries }: Coverage,
): number | undefined {
  const waiting = plan?.remaining.filter(input => input.partition === partition) ?? []
  const isWaiting = intersect(offsets, waiting.flatMap(effectiveOffsets)).length > 0
  return isWaiting ? sequence + 1 : entries.find(entry => entry > sequence)
}

/** When the records with these offsets were staged that the log has taken, at the latest. Infinite when it has taken none. */
export async function takenUntil(
  partition: number,
  offsets: OffsetRuns,
  { coverage, lookup }: Whereabouts,
): Promise<number> {
  let taken = -1
  for (const sequence of coverage.entries) {
    const { inputs, remaining } = (await lookup.plan(sequence)) ?? { inputs: [], remaining: [] }
    for (const input of [...inputs, ...remaining])
      if (input.partition === partition && intersect(effectiveOffsets(input), offsets).length > 0)
        taken = Math.max(taken, input.staged)
  }
  return taken === -1 ? Number.POSITIVE_INFINITY : taken
}
