import type { OutgoingRecord } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import { DEFAULT_SEPARATOR } from '../naming/policy.ts'
import { encodeOffsetSync } from './mirror-records.ts'
import { touches } from './offset-map.ts'
import { encodeSegment, SEGMENT_SPANS, type Segment } from './offset-map-segment.ts'
import { createInternalTopics, type InternalTopics, type TopicCreator } from './offset-sync-topics.ts'
import type { Span } from './span-list.ts'

/**
 * Name of MirrorMaker 2's topic of offset syncs.
 *
 * @param alias of the other cluster: the target's when the topic is on the source, which is MirrorMaker 2's default
 */
export function offsetSyncsTopic(alias: string, separator = DEFAULT_SEPARATOR): string {
  return `mm2-offset-syncs${separator}${alias}${separator}internal`
}

/** Name of this project's topic of offset maps, see {@link createOffsetSyncs}. */
export function offsetMapTopic(alias: string, separator = DEFAULT_SEPARATOR): string {
  return `kafka-functions-offset-map${separator}${alias}${separator}internal`
}

const PARTITION = 0

/** A record for one of the two topics. */
export type SyncRecord = OutgoingRecord & { partition: number }

export interface SyncProducer {
  /** @throws CodedError */
  send(topic: string, records: SyncRecord[], deadline: number): Promise<unknown>
}

export interface OffsetSyncsOptions {
  producer: SyncProducer
  /** Of the cluster that the producer writes to. */
  admin: TopicCreator
  /** Replicas of the topics when they are created; -1 for the broker's default. */
  replicas: number
  /** {@link offsetSyncsTopic}. Absent: no syncs in MirrorMaker 2's form are written. */
  topic?: string
  /** {@link offsetMapTopic}, on the same cluster. */
  mapTopic: string
  /**
   * Whether records come out of their order, as `Segment.late` says. Each batch has segments of its own then, and there are no syncs
   * in MirrorMaker 2's form, since their readers would take the source for rewound.
   */
  late?: boolean
}

/** A source partition, in transactions with the topic's id. */
export type SourcePartition = Pick<Segment, 'topic' | 'partition' | 'topicId'>

/** The records to write for one batch, for a caller that writes them in its own transaction. */
export interface PreparedSync {
  /** In the order in which they must become visible, unless all become visible at once. */
  writes: { topic: string; records: SyncRecord[] }[]
  /** Call once they are written, so that the next batch continues the segment. */
  written(): void
}

/** Records offsets in the two topics. */
export interface OffsetSyncs extends InternalTopics {
  /**
   * Records where records of a source partition are on the target, and creates the topics when they are missing. Resolves
   * when the cluster has acknowledged; retries transient errors until the deadline.
   *
   * @param spans of one batch, in order on both sides, in the target partition of the same number
   * @param deadline in milliseconds since the epoch
   * @throws CodedError as the producer; then the invocation must not succeed
   */
  record(source: SourcePartition, spans: Span[], deadline: number): Promise<void>
  prepare(source: SourcePartition, spans: Span[]): PreparedSync
  /**
   * Continues a segment that another instance wrote, for a caller that is now the only writer of the partition.
   *
   * @param segment the one that was begun last; undefined to begin a new one
   */
  resume(source: SourcePartition, segment: Segment | undefined): void
  /** Begins new segments, because the earlier ones were deleted. */
  restart(): void
}

/** Most syncs per batch. MirrorMaker 2 keeps 64 per partition in memory (`OffsetSyncStore.SYNCS_PER_PARTITION`). */
const MAX_SYNCS = 64

/**
 * Records where source records are on the target, in two topics of one cluster.
 *
 * MirrorMaker 2's topic has one key per source partition and is compacted, so after compaction it has one position per
 * partition: enough to continue at the end, too little to translate a group in the middle. It gets the newest position of
 * each batch, so that the end translates exactly, and the beginnings of spans, which its readers use until compaction.
 *
 * The topic of offset maps holds all spans, in segments with one key each. A writer appends to its segment and writes it
 * again under the same key; compaction keeps the newest. Its size is bounded by how often offsets jump on either side, not by
 * the number of batches: a transaction continues the segment of the instance before, and what other instances start again is
 * merged by `sync-offsets`. It also deletes segments whose records are gone from the source.
 *
 * Headers on the target's records would need no topic, but would change each record and add about 30 bytes to it. More
 * syncs in MirrorMaker 2's topic are not possible: other keys could never be deleted, because its readers fail on tombstones.
 */
export function createOffsetSyncs(options: OffsetSyncsOptions): OffsetSyncs {
  const { producer, admin, replicas, mapTopic, late = false } = options
  const topic = late ? undefined : options.topic
  const current = new Map<string, Segment>()
  const topics = createInternalTopics(admin, topic === undefined ? [mapTopic] : [topic, mapTopic], replicas)

  function prepare(source: SourcePartition, spans: Span[]): PreparedSync {
    const { topic: sourceTopic, partition } = source
    const name = nameOf(source)
    const before = current.get(name)
    const segments = late ? lateSegments(source, spans) : appendSpans(before, source, spans)
    const toSync = ([sourceOffset, targetOffset]: [number, number]) =>
      toSyncRecord(encodeOffsetSync({ topic: sourceTopic, partition, sourceOffset, targetOffset }))
    const map = { topic: mapTopic, records: segments.map(encodeSegment).map(toSyncRecord) }
    return {
      writes:
        topic === undefined ? [map] : [map, { topic, records: syncPoints(before?.spans.at(-1), spans).map(toSync) }],
      written() {
        const last = segments.at(-1)
        if (last && !late) current.set(name, last)
      },
    }
  }

  async function record(source: SourcePartition, spans: Span[], deadline: number) {
    if (spans.length === 0) return
    const { writes, written } = prepare(source, spans)
    const write = async () => {
      // The newest position last, because it implies that everything before it is recorded.
      for (const { topic, records } of writes) await producer.send(topic, records, deadline)
    }
    await retryUntil(deadline, () => topics.use(write))
    written()
  }

  function resume(source: SourcePartition, segment: Segment | undefined): void {
    if (segment && !late) current.set(nameOf(source), segment)
    else current.delete(nameOf(source))
  }

  return { ...topics, record, prepare, resume, restart: () => current.clear() }
}

function nameOf({ topic, partition, topicId }: SourcePartition): string {
  return JSON.stringify([topic, partition, topicId])
}

/** A record for a topic with one partition; without a value it deletes the key. */
export function toSyncRecord({ key, value }: { key: Buffer; value: Buffer | null }): SyncRecord {
  return { partition: PARTITION, key, value, headers: [], timestamp: Date.now() }
}

/** The changed and new segments, in order. */
function appendSpans(before: Segment | undefined, source: SourcePartition, spans: Span[]) {
  const [first] = spans
  const segments: Segment[] = []
  const isContinued = before && first && continues(before.spans.at(-1) as Span, first)
  let segment: Segment | undefined = isContinued ? { ...before, spans: [...before.spans] } : undefined
  if (segment && segment.spans.length < SEGMENT_SPANS) segments.push(segment)
  for (const span of spans) {
    const last = segment?.spans.at(-1)
    if (segment && last && segments.length > 0 && touches(last, span)) {
      segment.spans[segment.spans.length - 1] = { ...last, count: last.count + span.count }
    } else if (segment && segments.length > 0 && segment.spans.length < SEGMENT_SPANS) {
      segment.spans.push(span)
    } else {
      // Always later than the segment that it follows, even if the clock was set back.
      segment = { ...source, begun: Math.max(Date.now(), ((segment ?? before)?.begun ?? 0) + 1), spans: [span] }
      segments.push(segment)
    }
  }
  return segments
}

/** Their keys differ: each offset is written once. */
function lateSegments(source: SourcePartition, spans: Span[]): Segment[] {
  const begun = Date.now()
  const starts = Array.from({ length: Math.ceil(spans.length / SEGMENT_SPANS) }, (_, nth) => nth * SEGMENT_SPANS)
  return starts.map(start => ({ ...source, begun, late: true, spans: spans.slice(start, start + SEGMENT_SPANS) }))
}

/** Whether no other instance can have replicated records between the two: they are adjacent on at least one side. */
function continues(last: Span, next: Span): boolean {
  const source = next.sourceFirst - (last.sourceFirst + last.count)
  const target = next.targetFirst - (last.targetFirst + last.count)
  return (source === 0 && target >= 0) || (target === 0 && source >= 0)
}

/** The beginnings of spans that don't continue the span before, evenly thinned when there are many, and the newest record. */
function syncPoints(before: Span | undefined, spans: Span[]): [source: number, target: number][] {
  const begins = spans.filter((span, index) => {
    const previous = spans[index - 1] ?? before
    return !previous || !touches(previous, span)
  })
  const step = Math.ceil(begins.length / MAX_SYNCS)
  const points = begins
    .filter((_, index) => index % step === 0)
    .map(({ sourceFirst, targetFirst }): [number, number] => [sourceFirst, targetFirst])
  const last = spans.at(-1)
  if (last) {
    const newest: [number, number] = [last.sourceFirst + last.count - 1, last.targetFirst + last.count - 1]
    if (points.at(-1)?.[0] !== newest[0]) points.push(newest)
  }
  return points
}
