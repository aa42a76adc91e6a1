import type { LogRecord, TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import type { RecordBytes } from './mirror-records.ts'
import { decodeSegment, type Segment } from './offset-map-segment.ts'
import { OffsetRanges } from './offset-ranges.ts'
import { readableRecords } from './readable-records.ts'
import { sharing } from './shared-reading.ts'
import type { Span } from './span-list.ts'

/** The source records that are on the target, according to the topic of offset maps that transactions write. */
export interface ReplicatedOffsets {
  /**
   * Reads the new records of the topic, up to its end at the time of the call. Forgets everything when the topic was deleted
   * and created again, which users do to have all records written again. Calls that wait for the reading of an earlier one
   * share the next reading.
   *
   * @returns whether the topic was created again
   * @throws CodedError as {@link TopicLog}
   */
  refresh(): Promise<boolean>
  /** Returns a predicate for the offsets of a source partition: whether the record is on the target. */
  of(topicId: string, partition: number): (offset: number) => boolean
  /** Between which offsets the records of a source partition are that are on the target; undefined when none is. */
  extent(topicId: string, partition: number): Extent | undefined
  /** The segment of a source partition that was begun last, without late ones; undefined when there is none. */
  newest(topicId: string, partition: number): Segment | undefined
  /** Adds spans that this instance has just committed. */
  add(topicId: string, partition: number, spans: Span[]): void
}

/** Offsets of the first record and behind the last one. */
export interface Extent {
  sourceEnd: number
  targetFirst: number
  targetEnd: number
}

/** What is known of one source partition. */
interface Known {
  ranges: OffsetRanges
  extent?: Extent
  newest?: RecordBytes & { begun: number }
}

/**
 * Bytes of ranges from which on the topic is read again from its beginning, to forget what it no longer says: the records of
 * deleted segments are gone from the source. Reached after a billion records with gaps, so long-lived instances only.
 */
const MAX_BYTES = 128 * 1024 * 1024

/**
 * Unlike `createOffsetMaps` it knows only whether a record is on the target, not where, so it takes an eighth of a byte for
 * a record at most. Neither a rewound source nor an emptied target makes it forget one. Segments without a topic id don't
 * count: those of at-least-once writers, like MirrorMaker 2's syncs, don't identify the topic.
 *
 * Neighbouring ranges are never joined across a gap, although no record was there when it was replicated: an event filter or
 * a record that was put aside leaves the same gap as a transaction marker, and that record may come again.
 */
export function createReplicatedOffsets(
  log: Pick<TopicLog, 'read'>,
  mapTopic: string,
  logger: Log,
  maxBytes = MAX_BYTES,
): ReplicatedOffsets {
  let known = new Map<string, Known>()
  /** What is being read from the topic's beginning, which will replace `known`. */
  let fresh: Map<string, Known> | undefined
  let [next, most] = [0, maxBytes]

  function add(topicId: string, partition: number, spans: Span[]): void {
    // What is committed while the topic is read may be after the end of that read.
    for (const offsets of [known, ...(fresh ? [fresh] : [])]) addTo(entryOf(offsets, topicId, partition), spans)
  }

  async function readInto(offsets: Map<string, Known>, from: number): Promise<boolean> {
    let restarted = false
    const records = readableRecords(mapTopic, logger, record => takeSegment(offsets, record))
    const restart = () => {
      offsets.clear()
      restarted = true
    }
    next = await log.read(mapTopic, from, { take: records.take, restart })
    records.report()
    return restarted
  }

  async function read(): Promise<boolean> {
    if (bytesOf(known) <= most) return await readInto(known, next)
    fresh = new Map()
    try {
      const restarted = await readInto(fresh, 0)
      known = fresh
      most = Math.max(maxBytes, 2 * bytesOf(known))
      return restarted
    } finally {
      fresh = undefined
    }
  }

  return {
    // One at a time: each read continues where the previous one ended.
    refresh: sharing(read),
    of: (topicId, partition) => {
      const ranges = known.get(nameOf(topicId, partition))?.ranges
      return offset => ranges?.has(offset) ?? false
    },
    extent: (topicId, partition) => known.get(nameOf(topicId, partition))?.extent,
    newest(topicId, partition) {
      const record = known.get(nameOf(topicId, partition))?.newest
      return record && decodeSegment(record)
    },
    add,
  }
}

function takeSegment(offsets: Map<string, Known>, { key, value }: LogRecord): void {
  // The records of a deleted segment are gone from the source, so nobody asks for them, or they are in another segment.
  if (!key || !value) return
  const { topicId, partition, begun, late, spans } = decodeSegment({ key, value })
  if (topicId === undefined) return
  const entry = entryOf(offsets, topicId, partition)
  addTo(entry, spans)
  if (late) return
  // Copies, because the bytes are part of a whole fetch.
  if (begun >= (entry.newest?.begun ?? 0)) entry.newest = { begun, key: Buffer.from(key), value: Buffer.from(value) }
}

function entryOf(offsets: Map<string, Known>, topicId: string, partition: number): Known {
  const name = nameOf(topicId, partition)
  const entry = offsets.get(name) ?? { ranges: new OffsetRanges() }
  offsets.set(name, entry)
  return entry
}

function nameOf(topicId: string, partition: number): string {
  return `${topicId}/${partition}`
}

function addTo(known: Known, spans: Span[]): void {
  for (const { sourceFirst, targetFirst, count } of spans) {
    known.ranges.add(sourceFirst, count)
    const { extent } = known
    known.extent = {
      sourceEnd: Math.max(extent?.sourceEnd ?? 0, sourceFirst + count),
      targetFirst: Math.min(extent?.targetFirst ?? targetFirst, targetFirst),
      targetEnd: Math.max(extent?.targetEnd ?? 0, targetFirst + count),
    }
  }
}

function bytesOf(offsets: Map<string, Known>): number {
  return offsets.values().reduce((sum, { ranges }) => sum + ranges.bytes, 0)
}
