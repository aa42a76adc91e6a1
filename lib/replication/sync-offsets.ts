import type { CommittedPosition, GroupOffsets, LogBounds } from '../kafka/admin/group-offsets.ts'
import type { TopicLog } from '../kafka/read/topic-log.ts'
import type { Log } from '../observability/logger.ts'
import { PartitionMap } from '../partition-map.ts'
import type { TopicPartition } from '../record.ts'
import { retryUntil } from '../retry.ts'
import { HEARTBEATS } from './naming/heartbeat.ts'
import { checkpointsOf, isNewer, subjectOf, type Translation } from './offsets/checkpoint.ts'
import { setConsumerOffsets } from './offsets/consumer-offsets.ts'
import type { GroupFilter } from './offsets/consumer-offsets-groups.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeHeartbeat,
  type RecordBytes,
} from './offsets/mirror-records.ts'
import type { KeyedSegment, OffsetMaps } from './offsets/offset-map-reader.ts'
import type { SyncProducer } from './offsets/offset-sync.ts'

/** Everything that the sync of one connector's offsets works with. */
export interface OffsetSyncing {
  sourceAlias: string
  targetAlias: string
  /** Name on the target of a topic of the source; undefined when it isn't replicated. */
  remoteTopic(sourceTopic: string): string | undefined
  groups: GroupFilter
  /** Whether translated positions are set on the target for groups that are inactive there. */
  syncConsumerOffsets: boolean
  /** Runs a pass with the topics that it reads and writes, created when they are missing. */
  withTopics<T>(pass: () => Promise<T>): Promise<T>
  maps: OffsetMaps
  source: GroupOffsets
  target: GroupOffsets
  targetLog: TopicLog
  targetProducer: SyncProducer
  /** Writes to the cluster of the offset topics, to delete segments. */
  mapProducer: SyncProducer
  mapTopic: string
  checkpointsTopic: string
  /** Name on the target of the source's topic of heartbeats. */
  remoteHeartbeatsTopic: string
  logger: Log
}

/** The result of one pass. */
export interface SyncedOffsets {
  /** Selected groups of the source with at least one committed position. */
  groups: number
  /** Positions of replicated topics that can't be translated: the partition is unknown, or not known that far back. */
  untranslated: number
  /** New checkpoints that were written. */
  checkpoints: number
  /** Groups, and positions of theirs, that were set on the target. */
  groupsSet: number
  positionsSet: number
  /** Groups that were not changed because they have members on the target. */
  activeGroups: number
  /** Segments of offset maps that were deleted because their records are gone from the source. */
  segmentsDeleted: number
}

/** State that one instance keeps between passes. */
interface Memory {
  /** The newest checkpoint of each subject. */
  last: Map<string, Checkpoint>
  next: number
}

/**
 * Creates the pass that runs every minute. It translates the positions that groups committed on the source, writes
 * checkpoints and heartbeats, sets positions on the target if enabled, and deletes segments that are no longer needed.
 *
 * @returns the pass; it takes its deadline in milliseconds since the epoch and rejects with a CodedError
 */
export function createOffsetPass(syncing: OffsetSyncing): (deadline: number) => Promise<SyncedOffsets> {
  const memory: Memory = { last: new Map(), next: 0 }
  const onRetry = ({ message }: Error) => syncing.logger.warn('Pass is repeated', { errorMessage: message })
  // Every step is idempotent, so the whole pass can be retried.
  return deadline => retryUntil(deadline, () => syncing.withTopics(() => pass(syncing, memory, deadline)), onRetry)
}

async function pass(syncing: OffsetSyncing, memory: Memory, deadline: number): Promise<SyncedOffsets> {
  const { maps, source, target, logger } = syncing
  await maps.refresh()
  const positions = await positionsOf(source, syncing.groups, logger)
  const { checkpoints, untranslated, bounds } = await translate(positions, syncing)
  const written = await writeCheckpoints(checkpoints, syncing, memory, deadline)
  await writeHeartbeats(syncing, deadline)
  const set = syncing.syncConsumerOffsets
    ? await setConsumerOffsets(
        Map.groupBy(checkpoints, ({ group }) => group),
        bounds,
        target,
      )
    : { groups: 0, positions: 0, active: 0, hidden: [] }
  reportHidden(set.hidden, 'target', logger)
  const synced = {
    groups: positions.size,
    untranslated,
    checkpoints: written,
    groupsSet: set.groups,
    positionsSet: set.positions,
    activeGroups: set.active,
    segmentsDeleted: await deleteSegments(syncing, deadline),
  }
  logger.info('Offsets synced', { ...synced })
  return synced
}

/** The positions that the selected groups have committed on the source, without groups that have none. */
async function positionsOf(
  source: GroupOffsets,
  filter: GroupFilter,
  logger: Log,
): Promise<Map<string, CommittedPosition[]>> {
  const groups = filter([...(await source.states()).keys()])
  const committed = await source.committed(groups)
  reportHidden(
    groups.filter(group => !committed.has(group)),
    'source',
    logger,
  )
  return new Map([...committed].filter(([, positions]) => positions.length > 0))
}

function reportHidden(groups: string[], cluster: 'source' | 'target', logger: Log): void {
  if (groups.length > 0) logger.warn('Groups left out', { groups, cluster, reason: 'DESCRIBE is not allowed' })
}

/** The checkpoints of all groups, none of them past the end of its partition on the target. */
async function translate(positions: Map<string, CommittedPosition[]>, { maps, target, remoteTopic }: OffsetSyncing) {
  let untranslated = 0
  const translation: Translation = {
    remoteTopic,
    targetOffset(topic, partition, offset) {
      const translated = maps.of(topic, partition)?.translate(offset)
      if (translated === undefined) untranslated += 1
      return translated
    },
    isReplicated: (topic, partition) => maps.of(topic, partition) !== undefined,
  }
  const unbounded = Array.from(positions, ([group, committed]) => checkpointsOf(group, committed, translation)).flat()
  const bounds = await target.bounds(partitionsOf(unbounded))
  const checkpoints = unbounded.flatMap(checkpoint => {
    const end = bounds.get(checkpoint.topic)?.get(checkpoint.partition)?.end
    return end === undefined ? [] : [{ ...checkpoint, targetOffset: Math.min(checkpoint.targetOffset, end) }]
  })
  return { checkpoints, untranslated, bounds }
}

/** @returns how many checkpoints were new and written */
async function writeCheckpoints(checkpoints: Checkpoint[], syncing: OffsetSyncing, memory: Memory, deadline: number) {
  const { targetLog, targetProducer, checkpointsTopic } = syncing
  const { records, next, restarted } = await targetLog.read(checkpointsTopic, memory.next)
  if (restarted) memory.last.clear()
  memory.next = next
  for (const { key, value } of records) {
    const checkpoint = key && value && tryDecode({ key, value })
    if (checkpoint) memory.last.set(subjectOf(checkpoint), checkpoint)
  }
  const news = checkpoints.filter(checkpoint => isNewer(checkpoint, memory.last.get(subjectOf(checkpoint))))
  if (news.length > 0) await targetProducer.send(checkpointsTopic, news.map(encodeCheckpoint).map(toRecord), deadline)
  return news.length
}

/** Undefined for a record in another format. */
function tryDecode(record: RecordBytes): Checkpoint | undefined {
  try {
    return decodeCheckpoint(record)
  } catch {
    return undefined
  }
}

/** Writes a heartbeat, which shows that both clusters were reached, to the target's topic and to the source's remote topic. */
async function writeHeartbeats(syncing: OffsetSyncing, deadline: number): Promise<void> {
  const { sourceAlias, targetAlias, targetProducer, remoteHeartbeatsTopic } = syncing
  const record = toRecord(encodeHeartbeat({ sourceAlias, targetAlias, timestamp: Date.now() }))
  for (const topic of [HEARTBEATS, remoteHeartbeatsTopic]) await targetProducer.send(topic, [record], deadline)
}

/** Deletes segments whose records are all gone from the source, because no group can have a position there. */
async function deleteSegments({ maps, source, mapProducer, mapTopic }: OffsetSyncing, deadline: number) {
  const segments = maps.segments()
  if (segments.length === 0) return 0
  const bounds = await source.bounds(partitionsOf(segments))
  const newest = new Set(new PartitionMap(segments.map(segment => [segment, segment])).values())
  const gone = segments.filter(segment => !newest.has(segment) && isGone(segment, bounds))
  const tombstones = gone.map(({ key }) => toRecord({ key, value: null }))
  if (tombstones.length > 0) await mapProducer.send(mapTopic, tombstones, deadline)
  return tombstones.length
}

function isGone({ topic, partition, spans }: KeyedSegment, bounds: Map<string, Map<number, LogBounds>>): boolean {
  const start = bounds.get(topic)?.get(partition)?.start
  const last = spans.at(-1)
  return start !== undefined && last !== undefined && last.sourceFirst + last.count <= start
}

/** The distinct partitions of these places. */
function partitionsOf(places: TopicPartition[]): TopicPartition[] {
  return [
    ...new PartitionMap(
      places.map(({ topic, partition }) => [
        { topic, partition },
        { topic, partition },
      ]),
    ).values(),
  ]
}

function toRecord({ key, value }: { key: Buffer; value: Buffer | null }) {
  return { partition: 0, key, value, headers: [], timestamp: Date.now() }
}
