import type { LogRecord, TopicLog } from '../../kafka/read/topic-log.ts'
import type { Log } from '../../observability/logger.ts'
import { PartitionMap } from '../../partition-map.ts'
import type { TopicPartition } from '../../record.ts'
import { decodeOffsetSync, type OffsetSync } from './mirror-records.ts'
import { OffsetMap, type Span } from './offset-map.ts'
import { decodeSegment, type Segment } from './offset-map-segment.ts'

/** The segments and syncs of one source partition, and the map built from them. */
interface KnownPartition {
  segments: Map<string, Segment>
  syncs: OffsetSync[]
  map: OffsetMap
  changed: boolean
}

/** A segment with the key of its record. */
export interface KeyedSegment extends Segment {
  key: Buffer
}

/** The content of both offset topics, kept between invocations and updated by `refresh`. */
export interface OffsetMaps {
  /**
   * Reads the new records of the topics.
   *
   * @throws CodedError as {@link TopicLog}
   */
  refresh(): Promise<void>
  /** Undefined for a partition without any known position. */
  of(sourceTopic: string, sourcePartition: number): OffsetMap | undefined
  /** All segments, the oldest of each partition first. */
  segments(): KeyedSegment[]
}

export interface OffsetMapsOptions {
  log: TopicLog
  /** MirrorMaker 2's topic of offset syncs, with records written by it or by this project. */
  syncsTopic: string
  mapTopic: string
  logger: Log
}

/**
 * Builds the maps of all partitions from the two topics of `createOffsetSyncs`.
 *
 * MirrorMaker 2 writes only single positions, so each is a span of one record. Where both have written, its positions
 * count only before the first and after the last span of the offset map.
 */
export function createOffsetMaps({ log, syncsTopic, mapTopic, logger }: OffsetMapsOptions): OffsetMaps {
  let known = new PartitionMap<KnownPartition>()
  let next = { syncs: 0, map: 0 }

  function changing(partition: TopicPartition): KnownPartition {
    const create = () => ({ segments: new Map(), syncs: [], map: new OffsetMap(), changed: true })
    return Object.assign(known.getOrCreate(partition, create), { changed: true })
  }

  function takeSync(record: LogRecord) {
    if (!record.key || !record.value) return
    const sync = decodeOffsetSync({ key: record.key, value: record.value })
    changing(sync).syncs.push(sync)
  }

  function takeSegment({ key, value }: LogRecord) {
    if (!key) return
    const name = key.toString('latin1')
    if (value) {
      const segment = decodeSegment({ key, value })
      return void changing(segment).segments.set(name, segment)
    }
    for (const entry of known.values()) {
      if (entry.segments.delete(name)) entry.changed = true
    }
  }

  async function refresh() {
    // Syncs first: whatever they say is then already in the other topic.
    const syncs = await log.read(syncsTopic, next.syncs)
    const map = await log.read(mapTopic, next.map)
    if ((syncs.restarted || map.restarted) && next.syncs + next.map > 0) {
      known = new PartitionMap()
      next = { syncs: 0, map: 0 }
      return await refresh()
    }
    takeEach(syncs.records, takeSync, syncsTopic, logger)
    takeEach(map.records, takeSegment, mapTopic, logger)
    next = { syncs: syncs.next, map: map.next }
    for (const entry of known.values()) {
      if (entry.changed) rebuild(entry)
    }
  }

  return {
    refresh,
    of: (topic, partition) => known.get({ topic, partition })?.map,
    segments: () =>
      [...known.values()].flatMap(({ segments }) =>
        inOrder(segments).map(([key, segment]) => ({ ...segment, key: Buffer.from(key, 'latin1') })),
      ),
  }
}

/** Skips records in an unknown format, such as one produced by hand. */
export function takeEach(records: LogRecord[], take: (record: LogRecord) => void, topic: string, logger: Log) {
  let faults = 0
  for (const record of records) {
    try {
      take(record)
    } catch {
      faults += 1
    }
  }
  if (faults > 0) logger.warn('Records left out', { topic, records: faults, errorCode: 'RECORD_UNDECODABLE' })
}

function rebuild(entry: KnownPartition): void {
  const map = new OffsetMap()
  const spans = inOrder(entry.segments).flatMap(([, { spans }]) => spans)
  const begin = Math.min(...inOrder(entry.segments).map(([, { spans }]) => spans[0]?.sourceFirst ?? 0))
  for (const sync of entry.syncs) if (sync.sourceOffset < begin) map.add(toSpan(sync))
  for (const span of spans) map.add(span)
  const end = spans.length > 0 ? (map.sourceEnd ?? 0) : Number.POSITIVE_INFINITY
  for (const sync of entry.syncs) if (sync.sourceOffset >= end) map.add(toSpan(sync))
  // Syncs in between were written by this project, and the spans are more precise.
  entry.syncs = entry.syncs.filter(({ sourceOffset }) => sourceOffset < begin || sourceOffset >= end)
  entry.map = map
  entry.changed = false
}

function inOrder(segments: Map<string, Segment>): [string, Segment][] {
  return [...segments].sort(([, a], [, b]) => a.begun - b.begun)
}

function toSpan({ sourceOffset, targetOffset }: OffsetSync): Span {
  return { sourceFirst: sourceOffset, targetFirst: targetOffset, count: 1 }
}
