import pLimit from 'p-limit'
import type { TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import type { Span } from './offset-map.ts'
import { takeEach } from './offset-map-reader.ts'
import { decodeSegment } from './offset-map-segment.ts'
import { OffsetRanges } from './offset-ranges.ts'

/** The source records that are on the target, according to the topic of offset maps that transactions write. */
export interface ReplicatedOffsets {
  /**
   * Reads the new records of the topic, up to its end at the time of the call. Forgets everything when the topic was deleted
   * and created again, which users do to have all records written again.
   *
   * @returns whether the topic was created again
   * @throws CodedError as {@link TopicLog}
   */
  refresh(): Promise<boolean>
  /** Returns a predicate for the offsets of a source partition: whether the record is on the target. */
  of(topicId: string, partition: number): (offset: number) => boolean
  /** Adds spans that this instance has just committed. */
  add(topicId: string, partition: number, spans: Span[]): void
}

/**
 * Unlike `createOffsetMaps` it knows only whether a record is on the target, not where. For a source without gaps it keeps
 * one range per partition in memory, and neither a rewound source nor an emptied target makes it forget one. Segments
 * without a topic id don't count: those of at-least-once writers, like MirrorMaker 2's syncs, don't identify the topic.
 */
export function createReplicatedOffsets(log: TopicLog, mapTopic: string, logger: Log): ReplicatedOffsets {
  // Sequentially: each read continues where the previous one ended.
  const limit = pLimit(1)
  const known = new Map<string, OffsetRanges>()
  let next = 0

  function add(topicId: string, partition: number, spans: Span[]): void {
    const name = `${topicId}/${partition}`
    const ranges = known.get(name) ?? new OffsetRanges()
    known.set(name, ranges)
    for (const { sourceFirst, count } of spans) ranges.add(sourceFirst, count)
  }

  async function read() {
    const part = await log.read(mapTopic, next)
    if (part.restarted) known.clear()
    const take = ({ key, value }: (typeof part.records)[number]) => {
      // The records of a deleted segment are gone from the source, so nobody asks for them.
      if (!key || !value) return
      const { topicId, partition, spans } = decodeSegment({ key, value })
      if (topicId) add(topicId, partition, spans)
    }
    takeEach(part.records, take, mapTopic, logger)
    next = part.next
    return part.restarted
  }

  return {
    refresh: () => limit(read),
    of: (topicId, partition) => {
      const ranges = known.get(`${topicId}/${partition}`)
      return offset => ranges?.has(offset) ?? false
    },
    add,
  }
}
