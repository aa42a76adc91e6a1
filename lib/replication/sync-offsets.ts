import { asCodedError } from '../error.ts'
import type { CommittedPosition, GroupOffsets } from '../kafka/admin/group-offsets.ts'
import type { LogRecord, TopicLog } from '../kafka/read/topic-log.ts'
import type { Log } from '../observability/logger.ts'
import { PartitionMap } from '../partition-map.ts'
import type { TopicPartition } from '../record.ts'
import { retryUntil } from '../retry.ts'
import { HEARTBEATS } from './naming/heartbeat.ts'
import { checkpointsOf, isNewer, subjectOf, type Translation } from './offsets/checkpoint.ts'
import {
  createConsumerOffsets,
  nothingSet,
  type SetConsumerOffsets,
  type SetOffsets,
  withinLog,
} from './offsets/consumer-offsets.ts'
import { type GroupFilter, isOwnGroup, reportHidden } from './offsets/consumer-offsets-groups.ts'
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeHeartbeat,
  type RecordBytes,
} from './offsets/mirror-records.ts'
import type { OffsetMaps } from './offsets/offset-map-reader.ts'
import { type SyncProducer, toSyncRecord } from './offsets/offset-sync.ts'
import { type CleanedSegments, cleanSegments } from './offsets/segment-cleanup.ts'

/** Everything that the sync of one connector's offsets works with. */
export interface OffsetSyncing {
  sourceAlias: string
  targetAlias: string
  /** Name on the target of a topic of the source; undefined when it isn't replicated. */
  remoteTopic(sourceTopic: string): string | undefined
  groups: GroupFilter
  /** Name of the groups with which the connector reads, in which `{topic}` stands for the topic; absent: not known. */
  ownGroup?: string
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
export interface SyncedOffsets extends SetOffsets, CleanedSegments {
  /** Selected groups of the source with at least one committed position. */
  groups: number
  /** Positions of replicated topics that can't be translated: the partition is unknown, or not known that far back. */
  untranslated: number
  /** New checkpoints that were written. */
  checkpoints: number
}

/** State that one instance keeps between passes. */
interface Memory {
  /** The newest checkpoint of each subject. */
  last: Map<string, Checkpoint>
  next: number
  setOffsets: SetConsumerOffsets
}

/** Left for the answers to commits that have begun, in milliseconds. */
const COMMIT_RESERVE_MS = 1_000

/**
 * Creates the pass that runs every minute. It merges and deletes segments that are no longer needed, translates the positions
 * that groups committed on the source, writes checkpoints and heartbeats, and sets positions on the target if enabled.
 *
 * @returns the pass; it takes its deadline in milliseconds since the epoch and rejects with a CodedError
 */
export function createOffsetPass(syncing: OffsetSyncing): (deadline: number) => Promise<SyncedOffsets> {
  const memory: Memory = { last: new Map(), next: 0, setOffsets: createConsumerOffsets(syncing.target, syncing.logger) }
  const onRetry = ({ message }: Error) => syncing.logger.warn('Pass is repeated', { errorMessage: message })
  // Every step is idempotent, so the whole pass can be retried.
  return deadline => retryUntil(deadline, () => syncing.withTopics(() => pass(syncing, memory, deadline)), onRetry)
}

async function pass(syncing: OffsetSyncing, memory: Memory, deadline: number): Promise<SyncedOffsets> {
  const { maps, logger } = syncing
  await maps.refresh()
  // First, so that whatever fails below can't let the topic grow until it can no longer be read in time.
  const cleaned = await cleanMaps(syncing, deadline)
  const positions = await positionsOf(syncing)
  const { checkpoints, untranslated } = await translate(positions, syncing)
  const written = await writeCheckpoints(checkpoints, syncing, memory, deadline)
  await writeHeartbeats(syncing, deadline)
  const byGroup = Map.groupBy(checkpoints, ({ group }) => group)
  const set = syncing.syncConsumerOffsets ? await memory.setOffsets(byGroup, deadline - COMMIT_RESERVE_MS) : nothingSet
  const synced = { groups: positions.size, untranslated, checkpoints: written, ...set, ...cleaned }
  logger.info('Offsets synced', { ...synced })
  return synced
}

/** A login that may only read the topic of offset maps can still translate. */
async function cleanMaps(syncing: OffsetSyncing, deadline: number): Promise<CleanedSegments> {
  const { maps, source, mapProducer, mapTopic, logger } = syncing
  try {
    return await cleanSegments(maps.segments(), source, records => mapProducer.send(mapTopic, records, deadline))
  } catch (thrown) {
    const { code: errorCode, message: errorMessage, retryable } = asCodedError(thrown)
    if (retryable) throw thrown
    logger.warn('Offset maps not cleaned up', { topic: mapTopic, errorCode, errorMessage })
    return { segmentsDeleted: 0, segmentsMerged: 0 }
  }
}

/** The positions that the selected groups have committed on the source, without groups that have none. */
async function positionsOf(syncing: OffsetSyncing): Promise<Map<string, CommittedPosition[]>> {
  const { source, ownGroup, logger } = syncing
  const groups = syncing.groups([...(await source.states()).keys()])
  const committed = await source.committed(groups)
  reportHidden(
    groups.filter(group => !committed.has(group)),
    'source',
    logger,
  )
  const isWanted = ([group, positions]: [string, CommittedPosition[]]) =>
    positions.length > 0 && !isOwnGroup(group, positions, ownGroup)
  return new Map([...committed].filter(isWanted))
}

/** The checkpoints of all groups, each of them within the log of its partition on the target. */
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
    const log = bounds.get(checkpoint.topic)?.get(checkpoint.partition)
    return log === undefined ? [] : [{ ...checkpoint, targetOffset: withinLog(checkpoint.targetOffset, log) }]
  })
  return { checkpoints, untranslated }
}

/** @returns how many checkpoints were new and written */
async function writeCheckpoints(checkpoints: Checkpoint[], syncing: OffsetSyncing, memory: Memory, deadline: number) {
  const { targetLog, targetProducer, checkpointsTopic } = syncing
  const take = ({ key, value }: LogRecord) => {
    const checkpoint = key && value && tryDecode({ key, value })
    if (checkpoint) memory.last.set(subjectOf(checkpoint), checkpoint)
  }
  memory.next = await targetLog.read(checkpointsTopic, memory.next, { take, restart: () => memory.last.clear() })
  const news = checkpoints.filter(checkpoint => isNewer(checkpoint, memory.last.get(subjectOf(checkpoint))))
  if (news.length > 0)
    await targetProducer.send(checkpointsTopic, news.map(encodeCheckpoint).map(toSyncRecord), deadline)
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
  const record = toSyncRecord(encodeHeartbeat({ sourceAlias, targetAlias, timestamp: Date.now() }))
  for (const topic of [HEARTBEATS, remoteHeartbeatsTopic]) await targetProducer.send(topic, [record], deadline)
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
