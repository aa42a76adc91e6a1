import type { CommittedPosition, GroupOffsets, LogBounds } from '../kafka/admin/group-offsets.ts'
import type { TopicLog } from '../kafka/read/topic-log.ts'
import type { Log } from '../observability/logger.ts'
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

/** What one connector's offsets are synced with. */
export interface OffsetSyncing {
  sourceAlias: string
  targetAlias: string
  /** Name on the target of a topic of the source; undefined when it isn't replicated. */
  remoteTopic(sourceTopic: string): string | undefined
  groups: GroupFilter
  /** Whether the positions of groups that are inactive on the target are set there. */
  syncConsumerOffsets: boolean
  /** Runs a pass with the topics that it reads and writes, created when they are missing. */
  withTopics<T>(pass: () => Promise<T>): Promise<T>
  maps: OffsetMaps
  source: GroupOffsets
  target: GroupOffsets
  targetLog: TopicLog
  targetProducer: SyncProducer
  /** To the cluster of the offset topics, for what is deleted there. */
  mapProducer: SyncProducer
  mapTopic: string
  checkpointsTopic: string
  /** On the target: the source's heartbeats. */
  remoteHeartbeatsTopic: string
  logger: Log
}

/** What one pass did. */
export interface SyncedOffsets {
  /** Groups of the source that are to be translated and have committed something. */
  groups: number
  /** Positions of replicated topics that can't be translated: nothing is known of them, or not so far back. */
  untranslated: number
  /** Checkpoints that said something new and were written. */
  checkpoints: number
  /** Groups, and positions of theirs, that were set on the target. */
  groupsSet: number
  positionsSet: number
  /** Groups that were left alone because they have members on the target. */
  activeGroups: number
  /** Segments of offset maps that were deleted because their records are gone from the source. */
  segmentsDeleted: number
}

/** What passes of one instance remember. */
interface Memory {
  /** The newest checkpoint of each subject. */
  last: Map<string, Checkpoint>
  next: number
}

/**
 * Makes the function that is called each minute: translates what groups committed on the source, writes checkpoints and
 * heartbeats, sets positions where asked for, and deletes what is no longer needed.
 *
 * @returns takes the time at which it must have ended, in milliseconds since the epoch; throws CodedError
 */
export function createOffsetPass(syncing: OffsetSyncing): (deadline: number) => Promise<SyncedOffsets> {
  const memory: Memory = { last: new Map(), next: 0 }
  const onRetry = ({ message }: Error) => syncing.logger.warn('Pass is repeated', { errorMessage: message })
  // Each step may be done twice, so may all of them.
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

/** What the groups that are asked for have committed on the source; without those that have nothing. */
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

/** @returns how many were news */
async function writeCheckpoints(checkpoints: Checkpoint[], syncing: OffsetSyncing, memory: Memory, deadline: number) {
  const { targetLog, targetProducer, checkpointsTopic } = syncing
  const { records, next, restarted } = await targetLog.read(checkpointsTopic, memory.next)
  if (restarted) memory.last.clear()
  memory.next = next
  for (const { key, value } of records) {
    const checkpoint = key && value && readable({ key, value })
    if (checkpoint) memory.last.set(subjectOf(checkpoint), checkpoint)
  }
  const news = checkpoints.filter(checkpoint => isNewer(checkpoint, memory.last.get(subjectOf(checkpoint))))
  if (news.length > 0) await targetProducer.send(checkpointsTopic, news.map(encodeCheckpoint).map(toRecord), deadline)
  return news.length
}

/** A record in another format says nothing of any group. */
function readable(record: RecordBytes): Checkpoint | undefined {
  try {
    return decodeCheckpoint(record)
  } catch {
    return undefined
  }
}

/** Says that both clusters were reached: in the target's heartbeats, and in those that come from the source. */
async function writeHeartbeats(syncing: OffsetSyncing, deadline: number): Promise<void> {
  const { sourceAlias, targetAlias, targetProducer, remoteHeartbeatsTopic } = syncing
  const record = toRecord(encodeHeartbeat({ sourceAlias, targetAlias, timestamp: Date.now() }))
  for (const topic of [HEARTBEATS, remoteHeartbeatsTopic]) await targetProducer.send(topic, [record], deadline)
}

/** Deletes the segments all of whose records are gone from the source: no group can stand there any more. */
async function deleteSegments({ maps, source, mapProducer, mapTopic }: OffsetSyncing, deadline: number) {
  const segments = maps.segments()
  if (segments.length === 0) return 0
  const bounds = await source.bounds(partitionsOf(segments))
  const newest = new Set(
    new Map(segments.map(segment => [JSON.stringify([segment.topic, segment.partition]), segment])).values(),
  )
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

function partitionsOf(places: { topic: string; partition: number }[]) {
  const byName = new Map(
    places.map(({ topic, partition }) => [JSON.stringify([topic, partition]), { topic, partition }]),
  )
  return [...byName.values()]
}

function toRecord({ key, value }: { key: Buffer; value: Buffer | null }) {
  return { partition: 0, key, value, headers: [], timestamp: Date.now() }
}
