import type { CommitLog } from '../commits/commit-log.ts'
import type {
  CommittedObject,
  LatestObject,
  LatestPlan,
  LatestState,
  PlannedInput,
  ReplacedObject,
} from '../commits/entry.ts'
import type { StoredRecord } from '../formats/format.ts'
import { DistinctKeys } from './latest-distinct.ts'
import { readInput, readReplaced } from './latest-read.ts'
import { overlap, SLICES, type SliceRange, united } from './latest-slice.ts'
import type { KeepLatest } from './rotation.ts'
import type { UnitWork } from './unit-work.ts'

/** Bytes of an object where the rotation sets no target: readers of columns like objects of this size. */
const TARGET_BYTES = 128 * 1024 * 1024

/**
 * Bytes that a plan adds to those of which only the newest records are kept, at most, unless one object has more. Each run has to
 * read them once to plan, and once for each piece that it makes: 2 GiB take 90 s of its 300 s at 25 MB/s.
 */
const ADDED_BYTES = 2 * 1024 ** 3

/** Records of a range at most. A range is rewritten when one of its keys has a new record. */
export const RANGE_RECORDS = 250_000

/** Staged objects of which a plan keeps the newest records, with what is taken of each. */
export interface LatestInputs {
  inputs: PlannedInput[]
  /** Index of the input, index of the frame within it. */
  frames: [input: number, frame: number][]
}

/** What a log says is there. */
interface Present {
  /** Objects with the newest record of each of their keys. */
  latest: LatestState
  /** Objects that were made before only the newest records were kept. */
  others: CommittedObject[]
}

/**
 * Plans that the newest records of the inputs' keys take the place of older ones. Objects are rewritten only if they hold a
 * range of keys with a new record. Of objects that were made before, a plan takes only as many as a run can read, the oldest
 * first: the others wait for the next plans.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, and those of the store
 */
export async function planLatest(
  { inputs, frames }: LatestInputs,
  keepLatest: KeepLatest,
  work: UnitWork,
  mostBytes = ADDED_BYTES,
): Promise<{ latest: LatestPlan; replaced: ReplacedObject[] }> {
  const { format: form, rotation } = work.compaction
  const present = await presentObjects(work.log)
  const seen = new DistinctKeys()
  const stagedBytes = inputs.reduce((sum, { bytes }) => sum + bytes, 0)
  const [added, waiting] = divided(present.others, mostBytes - stagedBytes)
  const others = added.map(replacedObject)
  for await (const records of newRecords({ inputs, frames }, others, work))
    for (const record of records) seen.add(record)

  const targetBytes = rotation?.targetSizeBytes ?? TARGET_BYTES
  const newBytes = others.reduce((sum, { bytes }) => sum + bytes, stagedBytes)
  const ranges = rangesFor(present.latest, { seen, bytes: newBytes }, targetBytes)
  const touched = seen.slices
  const replaced = present.latest.objects.filter(({ slices }) =>
    touched.some(slice => overlap(slices, [slice, slice + 1])),
  )
  const kept = present.latest.objects.filter(object => !replaced.includes(object))
  const slices = slicesToWrite(touched, { replaced, kept }, ranges)
  const left = waiting.length > 0 ? { others: waiting } : {}
  return {
    latest: { tombstones: keepLatest.tombstones, form, targetBytes, ranges, slices, frames, ...left },
    replaced: [...others, ...replaced.map(replacedObject)],
  }
}

/**
 * The records that a plan adds to those of which only the newest are kept: of staged objects, and of objects that were made
 * before. The newest come first, mostly.
 *
 * @throws Overtaken
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`
 */
export async function* newRecords(
  { inputs, frames }: LatestInputs,
  objects: readonly ReplacedObject[],
  work: UnitWork,
): AsyncIterable<StoredRecord[]> {
  const staged = Array.from(
    Map.groupBy(frames, ([input]) => input),
    ([input, taken]) => {
      const planned = inputs[input] as PlannedInput
      const numbers = taken.map(([, frame]) => frame)
      return { last: lastOf(planned), read: () => readInput(planned, numbers, work) }
    },
  )
  const made = objects.map(object => ({ last: object.lastOffset, read: () => readReplaced(object, work.compaction) }))
  for (const { read } of [...staged, ...made].sort((one, other) => other.last - one.last)) yield* read()
}

/** The oldest objects, at least one and as many as there may be bytes of, and the others. */
function divided(objects: CommittedObject[], mostBytes: number): [CommittedObject[], CommittedObject[]] {
  const ordered = objects.toSorted((one, other) => one.firstOffset - other.firstOffset)
  let bytes = ordered[0]?.bytes ?? 0
  let count = 1
  while (count < ordered.length && bytes + (ordered[count] as CommittedObject).bytes <= mostBytes)
    bytes += (ordered[count++] as CommittedObject).bytes
  return [ordered.slice(0, count), ordered.slice(count)]
}

/** What the log's entries say is there, from the newest one back to one that kept only the newest records. */
export async function presentObjects(log: CommitLog): Promise<Present> {
  const others: CommittedObject[] = []
  for await (const { sequence, kinds } of log.entries()) {
    const done = kinds.includes('done') ? await log.done(sequence) : undefined
    if (done?.latest) return { latest: done.latest, others: [...others, ...(done.latest.others ?? [])] }
    for (const output of done?.outputs ?? []) others.push(output)
  }
  return { latest: { ranges: 1, objects: [] }, others }
}

/** As many ranges as records and bytes need, and never fewer than there were: a power of two. */
function rangesFor(
  { ranges, objects }: LatestState,
  added: { seen: DistinctKeys; bytes: number },
  targetBytes: number,
): number {
  const { keys, records } = added.seen
  const share = records === 0 ? 0 : keys / records
  const allRecords = objects.reduce((sum, object) => sum + object.records, keys)
  const allBytes = objects.reduce((sum, object) => sum + object.bytes, added.bytes * share)
  const needed = Math.max(allRecords / RANGE_RECORDS, allBytes / targetBytes)
  let result = ranges
  while (result < needed && result < SLICES) result *= 2
  return result
}

/**
 * The slices of the objects that are replaced, and those of new keys that no object has, with all of their range that no object
 * has either.
 */
function slicesToWrite(
  touched: readonly number[],
  { replaced, kept }: { replaced: readonly LatestObject[]; kept: readonly LatestObject[] },
  ranges: number,
): SliceRange[] {
  const width = SLICES / ranges
  const written: SliceRange[] = united(replaced.map(({ slices }): SliceRange => [...slices]))
  const taken = united([...written, ...kept.map(({ slices }) => slices)].map(([from, to]): SliceRange => [from, to]))
  const holes: SliceRange[] = []
  for (const slice of touched) {
    const [, end = 0] = holes.at(-1) ?? []
    if (slice < end || taken.some(range => overlap(range, [slice, slice + 1]))) continue
    const first = Math.floor(slice / width) * width
    const before = taken.findLast(([, to]) => to <= slice)?.[1] ?? 0
    const behind = taken.find(([from]) => from > slice)?.[0] ?? SLICES
    holes.push([Math.max(first, before), Math.min(first + width, behind)])
  }
  return united([...written, ...holes])
}

function replacedObject({ key, bytes, etag, firstOffset, lastOffset, ...more }: CommittedObject | LatestObject) {
  const object = { key, bytes, etag, firstOffset, lastOffset }
  return 'slices' in more ? { ...object, slices: more.slices } : object
}

function lastOf({ offsets }: PlannedInput): number {
  const [first, count] = offsets.at(-1) ?? [0, 0]
  return first + count - 1
}
