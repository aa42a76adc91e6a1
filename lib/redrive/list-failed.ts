import { intersect, overlapping, subtract } from '../commits/offset-runs.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { FailedRecords, FailedRun } from './failed-records.ts'
import type { NamedPlace } from './failed-source.ts'
import { FailureIndex, type FailurePiece, type PartitionFailures } from './failure-index.ts'
import type { Failures } from './failures.ts'
import { type MarkedOffsets, noMarks } from './marks.ts'

/** Which failed records are wanted. */
export interface FailedSelection {
  /** Milliseconds since the epoch; those whose time is unknown are listed, too. Absent: all. */
  since?: number
  code?: string
  /** Absent: all topic-partitions and offsets. */
  isWanted?(place: TopicPartition): boolean
  /** Ends the list with its reason. */
  signal?: AbortSignal
}

/** The most runs of offsets in one element of the list. */
const MOST_RUNS = 1_000
/** The most records of one element that are in a topic, so that they can be fetched a part at a time. */
const MOST_LETTERS = 10_000

/**
 * Lists the failed records of a connector that are not redriven yet, by topic and partition. A record that several sources name is
 * listed once: with its newest error code, and where most of it is.
 *
 * @throws CodedError, also of a source that can't be read: a list without it would look complete
 */
export async function* listFailed(failures: Failures, selection: FailedSelection = {}): AsyncGenerator<FailedRecords> {
  const { since = 0, isWanted, signal } = selection
  const index = new FailureIndex()
  for (const source of failures.sources) {
    for await (const failure of source.list(since)) {
      signal?.throwIfAborted()
      if (isWanted?.(failure) ?? true) index.add(failure)
    }
  }
  let known: KnownTopic | undefined
  for (const partition of index.partitions()) {
    signal?.throwIfAborted()
    if (known?.topic !== partition.topic) known = await knownTopic(failures, partition.topic)
    const hasPlace = partition.topic !== '' && partition.partition >= 0
    const marks = hasPlace ? await failures.marks.of(partition, known.id) : noMarks()
    yield* listed(partition, known, { marks, selection })
  }
}

/** What the source says of a topic now. */
interface KnownTopic {
  topic: string
  /** Absent: it does not exist. */
  id?: string
  bounds: Awaited<ReturnType<Failures['kafka']['bounds']>>
  committed: ReadonlyMap<number, number>
}

async function knownTopic({ kafka, topicId, committed }: Failures, topic: string): Promise<KnownTopic> {
  // No topic of Kafka has an empty name: the event didn't tell it.
  if (topic === '') return { topic, bounds: new Map(), committed: new Map() }
  const bounds = await kafka.bounds(topic)
  if (bounds.size === 0) return { topic, bounds, committed: new Map() }
  const [id, positions] = await Promise.all([topicId(topic), committed(topic)])
  return { topic, id, bounds, committed: positions }
}

/** A part of the list that grows. */
interface Group extends Pick<FailedRecords, 'code' | 'time'> {
  place: FailedRecords['place']
  /** Those of its place. */
  failedAt: FailedRun[]
  timestamps: Map<number, number>
  offsets: OffsetRuns
  records: number
}

function* listed(
  partition: PartitionFailures,
  known: KnownTopic,
  { marks, selection }: { marks: MarkedOffsets; selection: FailedSelection },
): Generator<FailedRecords> {
  const { topic, partition: number } = partition
  const bounds = known.bounds.get(number)
  const passed = passedBy(known.committed, number)
  const complete = ({ timestamps: _, failedAt: __, ...group }: Group): FailedRecords => {
    const isOnlyThere = group.place.kind === 'kafka' || group.place.kind === 'waiting'
    const gone = isOnlyThere ? subtract(group.offsets, bounds ? [[bounds.start, bounds.end - bounds.start]] : []) : []
    return { topic, partition: number, ...group, ...(gone.length > 0 && { gone }) }
  }
  const groups = new Map<string, Group>()
  for (const found of partition.pieces(passed)) {
    for (const left of leftOf(found, marks)) {
      const piece = left.first < passed ? left : { ...left, place: WAITING }
      if (!isSelected(piece, selection)) continue
      const key = keyOf(piece)
      const group = groups.get(key) ?? groupOf(piece)
      groups.set(key, group)
      addTo(group, piece)
      if (!isFull(group)) continue
      groups.delete(key)
      yield complete(group)
    }
  }
  for (const group of groups.values()) yield complete(group)
  for (const unplaced of partition.unplaced()) {
    const { code, time, place, records } = unplaced
    if (!isSelected(unplaced, selection)) continue
    yield { topic, partition: number, offsets: [], records, code, time, place: emptied(place) }
  }
}

const WAITING = { kind: 'waiting' } as const

/**
 * The offset that the trigger delivers next. From there on, also what was put aside is delivered once more: its invocation has failed
 * afterwards, or is still under way. Nothing has been passed of a partition that alone has no position. If no partition has one,
 * the group has expired, or is not used, and nothing is delivered.
 */
function passedBy(committed: ReadonlyMap<number, number>, partition: number): number {
  return committed.get(partition) ?? (committed.size > 0 ? 0 : Number.POSITIVE_INFINITY)
}

function isSelected(piece: Pick<FailurePiece, 'code' | 'time'>, { since = 0, code }: FailedSelection): boolean {
  return (code === undefined || piece.code === code) && (piece.time === -1 || piece.time >= since)
}

/** Pieces with the same key are listed together. */
function keyOf({ code, place }: FailurePiece): string {
  if (place.kind === 'topic') return `${code}/topic/${place.topic}`
  if (place.kind === 'document') return `${code}/document/${place.name}`
  if (place.kind === 'kafka') return `${code}/kafka/${place.named}/${place.timestamps !== undefined}`
  return `${code}/${place.kind}`
}

function groupOf({ code, place }: FailurePiece): Group {
  const own = { failedAt: [], timestamps: new Map<number, number>() }
  return { code, time: -1, place: emptied(place, own), ...own, offsets: [], records: 0 }
}

function emptied(place: NamedPlace, own?: Pick<Group, 'failedAt' | 'timestamps'>): FailedRecords['place'] {
  if (place.kind === 'topic') return { kind: 'topic', topic: place.topic, letters: [] }
  if (place.kind !== 'kafka' || !own) return place
  const { timestamps, failedAt } = own
  return { kind: 'kafka', named: place.named, failedAt, ...(place.timestamps && { timestamps }) }
}

function addTo(group: Group, { first, last, time, place }: FailurePiece): void {
  const count = last - first + 1
  const run = group.offsets.at(-1)
  if (run && run[0] + run[1] === first) run[1] += count
  else group.offsets.push([first, count])
  group.records += count
  group.time = Math.max(group.time, time)
  if (place.kind === 'topic' && group.place.kind === 'topic') {
    const { partition, from, end } = place
    group.place.letters.push({ run: [first, count], partition, from, end })
  }
  if (place.kind !== 'kafka') return
  const before = group.failedAt.at(-1)
  if (before?.time === time && before.run[0] + before.run[1] === first) before.run[1] += count
  else group.failedAt.push({ run: [first, count], time })
  for (const [offset, timestamp] of place.timestamps ?? []) {
    if (offset >= first && offset <= last) group.timestamps.set(offset, timestamp)
  }
}

function isFull({ offsets, records, place, failedAt }: Group): boolean {
  if (place.kind === 'topic') return records >= MOST_LETTERS || place.letters.length >= MOST_RUNS
  return offsets.length >= MOST_RUNS || failedAt.length >= MOST_RUNS
}

/** What redrives have left of a piece; with the code of the redrive where it has failed again since. */
function leftOf(piece: FailurePiece, { redriven, failed }: MarkedOffsets): FailurePiece[] {
  const { first, last } = piece
  let left = subtract([[first, last - first + 1]], overlapping(redriven, first, last))
  const pieces: FailurePiece[] = []
  for (const { code, time, offsets } of failed) {
    if (time < piece.time) continue
    const again = intersect(left, overlapping(offsets, first, last))
    left = subtract(left, again)
    for (const run of again) pieces.push(partOf(piece, run, { code, time }))
  }
  for (const run of left) pieces.push(partOf(piece, run, {}))
  return pieces.toSorted((one, other) => one.first - other.first)
}

function partOf(piece: FailurePiece, [first, count]: OffsetRuns[number], changes: Partial<FailurePiece>): FailurePiece {
  return { ...piece, first, last: first + count - 1, ...changes }
}
