import type { LogRecord, TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { TopicPartition } from '../../record.ts'
import { type KnownSegment, KnownSegments } from './known-segments.ts'
import { decodeOffsetSync } from './mirror-records.ts'
import { decodeSegment } from './offset-map-segment.ts'
import { PartitionOffsets } from './partition-offsets.ts'
import { readableRecords } from './readable-records.ts'

/** The content of both offset topics, kept between invocations and updated by `refresh`. */
export interface OffsetMaps {
  /**
   * Reads the new records of the topics.
   *
   * @throws CodedError as {@link TopicLog}
   */
  refresh(): Promise<void>
  /** Undefined for a partition without any known position. */
  of(sourceTopic: string, sourcePartition: number): Pick<PartitionOffsets, 'translate' | 'sourceEnd'> | undefined
  /** The segments of each partition that has any, in the order in which they were begun. */
  segments(): KnownSegment[][]
}

export interface OffsetMapsOptions {
  log: TopicLog
  /** MirrorMaker 2's topic of offset syncs, with records written by it or by this project. */
  syncsTopic: string
  mapTopic: string
  logger: Log
  /** For tests. */
  maxSpans?: number
}

/**
 * Most spans of all partitions in memory, 24 bytes each, 288 MB: more than those of a hundred million records with a gap
 * after every tenth, as transactions leave them. Beyond this the partition with the most spans is thinned.
 */
const MAX_SPANS = 12_000_000

/**
 * Builds the maps of all partitions from the two topics of `createOffsetSyncs`. Whatever is read is added to what is known,
 * so a pass costs as much as there is news.
 */
export function createOffsetMaps(options: OffsetMapsOptions): OffsetMaps {
  const { log, syncsTopic, mapTopic, logger, maxSpans = MAX_SPANS } = options
  let known = new PartitionMap<PartitionOffsets>()
  let segments = new KnownSegments()
  let next = { syncs: 0, map: 0 }
  let spans = 0

  function change(partition: TopicPartition, how: (offsets: PartitionOffsets) => void): void {
    const offsets = known.getOrCreate(partition, () => new PartitionOffsets())
    const before = offsets.length
    how(offsets)
    spans += offsets.length - before
    if (spans > maxSpans) spans -= thinLargest(known)
  }

  function takeSync({ key, value }: LogRecord): void {
    if (!key || !value) return
    const sync = decodeOffsetSync({ key, value })
    change(sync, offsets => offsets.addSync(sync))
  }

  function takeSegment({ key, value }: LogRecord): void {
    if (!key) return
    if (!value) {
      segments.delete(key)
      return
    }
    const segment = decodeSegment({ key, value })
    // It says nothing of positions, and stays: letters of its records may outlive the records of the source.
    if (segment.late) return
    const before = segments.put({ key, value }, segment)
    // The last one that was known may have grown.
    const news = segment.spans.slice(Math.max(before - 1, 0))
    change(segment, offsets => offsets.addSegment(segment, news))
  }

  function forget(): void {
    known = new PartitionMap()
    segments = new KnownSegments()
    next = { syncs: 0, map: 0 }
    spans = 0
  }

  async function refresh(): Promise<void> {
    const syncs = readableRecords(syncsTopic, logger, takeSync)
    const map = readableRecords(mapTopic, logger, takeSegment)
    let hasNewMap = false
    // Syncs first: whatever they say is then already in the other topic.
    const syncsNext = await log.read(syncsTopic, next.syncs, { take: syncs.take, restart: forget })
    next.syncs = syncsNext
    const restart = () => {
      forget()
      hasNewMap = true
    }
    const mapNext = await log.read(mapTopic, next.map, { take: map.take, restart })
    next.map = mapNext
    // What the syncs say was forgotten with the map.
    if (hasNewMap) return await refresh()
    for (const offsets of known.values()) offsets.dropCoveredSyncs()
    spans = known.values().reduce((sum, { length }) => sum + length, 0)
    syncs.report()
    map.report()
  }

  return {
    refresh,
    of: (topic, partition) => known.get({ topic, partition }),
    segments: () => segments.byPartition(),
  }
}

/** @returns how many spans fewer there are */
function thinLargest(known: PartitionMap<PartitionOffsets>): number {
  const largest = known.values().reduce((one, other) => (other.length > one.length ? other : one))
  const before = largest.length
  largest.thin()
  return before - largest.length
}
