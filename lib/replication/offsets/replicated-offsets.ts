import pLimit from 'p-limit'
import type { TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import type { Span } from './offset-map.ts'
import { takeEach } from './offset-map-reader.ts'
import { decodeSegment } from './offset-map-segment.ts'
import { OffsetRanges } from './offset-ranges.ts'

/** Which records of the source are on the target, by what the topic of offset maps says of transactions. */
export interface ReplicatedOffsets {
  /**
   * Reads what is new in the topic, up to its end at the time of the call. All that was known is forgotten when the topic
   * was deleted and made anew: its users do so to have everything written again.
   *
   * @returns whether it was
   * @throws CodedError as {@link TopicLog}
   */
  refresh(): Promise<boolean>
  /** Tells the offsets of a source partition that are on the target. */
  of(topicId: string, partition: number): (offset: number) => boolean
  /** What was just committed from here, which needn't be read again. */
  add(topicId: string, partition: number, spans: Span[]): void
}

/**
 * Unlike `createOffsetMaps` it asks only whether a record is there, not where: of a source without gaps one range is kept
 * in memory per partition, and neither a rewound source nor an emptied target makes it forget any. Segments without a
 * topic id are not counted: those of at-least-once writers, and MirrorMaker 2's syncs, can't say of which topic they are.
 */
export function createReplicatedOffsets(log: TopicLog, mapTopic: string, logger: Log): ReplicatedOffsets {
  // One after another: each reads on from where the one before came to.
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
      // A deleted segment's records are gone from the source, so nobody asks for them.
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
