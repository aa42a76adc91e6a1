import { PartitionMap } from '../../partition-map.ts'
import type { TopicPartition } from '../../record.ts'
import type { RecordBytes } from './mirror-records.ts'
import { decodeSegment, decodeSegmentKey, type Segment } from './offset-map-segment.ts'

/** What is remembered of a segment: enough to delete it, or to merge it with others. */
export interface KnownSegment extends TopicPartition {
  /** Of its record, one character per byte. */
  key: string
  begun: number
  /** How many spans it has. */
  spans: number
  /** The offset after its last record. */
  sourceEnd: number
  /** Of its record, one character per byte; only while the segment is small enough to be merged. */
  value: string | undefined
}

/** Most spans of a segment that is merged with others, half of a full one. Two larger ones would hardly fit into one. */
const SMALL_SPANS = 256

/** The segments that the topic of offset maps has at present. */
export class KnownSegments {
  readonly #partitions = new PartitionMap<Map<string, KnownSegment>>()

  /**
   * Remembers a segment in the version that was read last.
   *
   * @returns how many spans its version before had, 0 for a new segment
   */
  put({ key, value }: RecordBytes, { topic, partition, begun, spans }: Segment): number {
    const segments = this.#partitions.getOrCreate({ topic, partition }, () => new Map())
    const name = key.toString('latin1')
    const last = spans.at(-1)
    const before = segments.get(name)?.spans ?? 0
    segments.set(name, {
      topic,
      partition,
      key: name,
      begun,
      spans: spans.length,
      sourceEnd: last ? last.sourceFirst + last.count : 0,
      value: spans.length <= SMALL_SPANS ? value.toString('latin1') : undefined,
    })
    return before
  }

  /** @throws CodedError `RECORD_UNDECODABLE` */
  delete(key: Buffer): void {
    this.#partitions.get(decodeSegmentKey(key))?.delete(key.toString('latin1'))
  }

  /** The segments of each partition that has any, in the order in which they were begun, and then of their offsets. */
  byPartition(): KnownSegment[][] {
    // This is the order of their keys: all of a partition's begin with the same bytes, and numbers are big-endian.
    return Array.from(this.#partitions.values(), segments =>
      [...segments.values()].sort((one, other) => (one.key < other.key ? -1 : 1)),
    ).filter(segments => segments.length > 0)
  }
}

/** The whole segment; undefined unless it is small. */
export function smallSegment({ key, value }: KnownSegment): Segment | undefined {
  if (value === undefined) return undefined
  return decodeSegment({ key: Buffer.from(key, 'latin1'), value: Buffer.from(value, 'latin1') })
}
