import type { Admin, Connection } from '@platformatic/kafka'
import pMap from 'p-map'
import type { CodedError } from '../../error.ts'
import type { TopicPartition } from '../../record.ts'
import { createSession } from '../client/session.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { kafkaError, protocolErrorsOf } from '../error.ts'
import { EARLIEST, LATEST, READ_UNCOMMITTED } from '../protocol.ts'
import { commitPositions, coordinatorsOf, fetchPositions, GROUP_REQUESTS } from './group-requests.ts'

/** A position in one partition: the offset of the next record to read. */
export interface Position extends TopicPartition {
  offset: number
}

export interface CommittedPosition extends Position {
  /** Metadata committed with the offset; `''` if there is none. */
  metadata: string
}

/** The positions to set for one group. Without metadata, the broker has none with the offset. */
export interface GroupPositions {
  group: string
  positions: (Position & Partial<Pick<CommittedPosition, 'metadata'>>)[]
}

/**
 * What became of a group's commit. `active`: it has members, which commit their own positions. `left`: there was no time. An
 * error may concern some of the group's positions only.
 */
export type CommitResult = 'set' | 'active' | 'left' | CodedError

/** The current bounds of one partition. */
export interface LogBounds {
  /** Offset of the first retained record. */
  start: number
  /** Offset after the last record that all in-sync replicas have (the high watermark). */
  end: number
}

/**
 * The consumer groups of one cluster and their committed positions.
 *
 * All methods throw CodedError `KAFKA_UNAVAILABLE` (retryable), `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`.
 */
export interface GroupOffsets {
  /** The state of each consumer group, by Kafka's names. */
  states(): Promise<Map<string, string>>
  /** The groups' committed positions, without groups that the login may not describe. */
  committed(groups: string[]): Promise<Map<string, CommittedPosition[]>>
  /**
   * Sets the positions of groups without members, in this order and many at a time. What becomes of one group doesn't
   * concern the others.
   *
   * @param deadline in milliseconds since the epoch; no commit begins after it
   */
  commit(groups: GroupPositions[], deadline: number): Promise<Map<string, CommitResult>>
  /** Bounds of the partitions that exist and have a leader, by topic and partition. */
  bounds(partitions: TopicPartition[]): Promise<Map<string, Map<number, LogBounds>>>
  /**
   * The offset of the first record with this timestamp or a later one, likewise; undefined where there is none.
   *
   * @param timestamp in milliseconds since the epoch
   */
  since(partitions: TopicPartition[], timestamp: number): Promise<Map<string, Map<number, number | undefined>>>
  close(): Promise<void>
}

export function createGroupOffsets(connection: KafkaSettings, clientId: string): GroupOffsets {
  const { ask, close } = createSession(connection, clientId, ({ Admin }, options) => {
    return new Admin({ ...options, maxInflights: GROUP_REQUESTS })
  })
  return {
    states: () => ask('list the consumer groups', states),
    committed: groups => ask('ask for committed offsets', admin => committed(admin, groups)),
    commit: (groups, deadline) => ask('commit offsets of groups', admin => commit(admin, groups, deadline)),
    bounds: partitions => ask('ask for the bounds of partitions', admin => bounds(admin, partitions)),
    since: (partitions, timestamp) =>
      ask('ask for the offsets of a time', admin => since(admin, partitions, BigInt(timestamp))),
    close,
  }
}

async function states(admin: Admin): Promise<Map<string, string>> {
  // Skips other groups, such as Kafka Connect's workers. A group that has only committed offsets has no protocol.
  const groups = await admin.listGroups({ types: ['classic', 'consumer'] })
  const consumers = [...groups.values()].filter(({ protocolType }) => !protocolType || protocolType === 'consumer')
  return new Map(consumers.map(({ id, state }) => [id, state.toUpperCase()]))
}

async function committed(admin: Admin, groups: string[]): Promise<Map<string, CommittedPosition[]>> {
  if (groups.length === 0) return new Map()
  const { found, failed } = await fetchPositions(admin, groups)
  for (const error of failed.values()) {
    if (!protocolErrorsOf(error).includes('GROUP_AUTHORIZATION_FAILED')) throw error
  }
  return new Map(
    Array.from(found, ([group, topics]) => [
      group,
      topics.flatMap(({ name, partitions }) =>
        partitions
          .map(({ partitionIndex, committedOffset, metadata }) => ({
            topic: name,
            partition: partitionIndex,
            offset: Number(committedOffset),
            metadata: metadata ?? '',
          }))
          .filter(({ offset }) => offset >= 0),
      ),
    ]),
  )
}

async function commit(admin: Admin, groups: GroupPositions[], deadline: number): Promise<Map<string, CommitResult>> {
  if (groups.length === 0) return new Map()
  const names = groups.map(({ group }) => group)
  const { found, failed } = await coordinatorsOf(admin, names)
  const toError = (group: string, error: unknown) => kafkaError(error, `commit offsets of the group ${group}`)
  const results = await pMap(
    groups,
    async ({ group, positions }): Promise<CommitResult> => {
      if (Date.now() >= deadline) return 'left'
      const coordinator = found.get(group)
      if (coordinator === undefined) return toError(group, failed.get(group))
      return await commitOne(admin, coordinator, { group, positions }).catch(error => toError(group, error))
    },
    { concurrency: GROUP_REQUESTS },
  )
  return new Map(names.map((group, index) => [group, results[index] as CommitResult]))
}

async function commitOne(admin: Admin, coordinator: Connection, { group, positions }: GroupPositions) {
  const topics = Array.from(
    Map.groupBy(positions, ({ topic }) => topic),
    ([name, positions]) => ({
      name,
      partitions: positions.map(({ partition, offset, metadata }) => ({
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: UNKNOWN_EPOCH,
        committedMetadata: metadata || null,
      })),
    }),
  )
  try {
    await commitPositions(admin, coordinator, group, topics)
    return 'set'
  } catch (error) {
    if (hasMembers(error as ProtocolError)) return 'active'
    throw error
  }
}

interface ProtocolError extends Error {
  /** Name of the protocol's error. */
  apiId?: string
  errors?: ProtocolError[]
}

/** Brokers accept a commit from outside the group only while the group has no members. */
function hasMembers({ apiId, errors = [] }: ProtocolError): boolean {
  const refusals = ['UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'STALE_MEMBER_EPOCH']
  return refusals.includes(apiId ?? '') || errors.some(hasMembers)
}

/** Source: Apache Kafka, `RecordBatch.NO_PARTITION_LEADER_EPOCH`. */
const UNKNOWN_EPOCH = -1

/** Source: Apache Kafka, `MetadataResponse.NO_LEADER_ID`. */
const NO_LEADER = -1

interface AskedTopic {
  name: string
  partitions: TopicPartition[]
}

/** @param timestamp EARLIEST or LATEST */
async function offsetsAt(admin: Admin, topics: AskedTopic[], timestamp: bigint) {
  const listed = await admin.listOffsets({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
    })),
    isolationLevel: READ_UNCOMMITTED,
  })
  return listed.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, offset }) => [name, partitionIndex, Number(offset)] as const),
  )
}

/** Those of the partitions that exist and have a leader. */
async function leadingPartitions(admin: Admin, partitions: TopicPartition[]): Promise<AskedTopic[]> {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  const existing = (await admin.listTopics({ includeInternals: true })).filter(name => topics.has(name))
  if (existing.length === 0) return []
  const { topics: described } = await admin.metadata({ topics: existing })
  return existing.map(name => {
    const known = described.get(name)?.partitions ?? []
    const hasLeader = ({ partition }: TopicPartition) => (known[partition]?.leader ?? NO_LEADER) !== NO_LEADER
    return { name, partitions: (topics.get(name) ?? []).filter(hasLeader) }
  })
}

async function bounds(admin: Admin, partitions: TopicPartition[]): Promise<Map<string, Map<number, LogBounds>>> {
  const asked = await leadingPartitions(admin, partitions)
  if (asked.length === 0) return new Map()
  const [starts, ends] = await Promise.all([offsetsAt(admin, asked, EARLIEST), offsetsAt(admin, asked, LATEST)])
  const found = new Map(asked.map(({ name }) => [name, new Map<number, LogBounds>()]))
  for (const [topic, partition, start] of starts) found.get(topic)?.set(partition, { start, end: start })
  for (const [topic, partition, end] of ends) {
    const bounds = found.get(topic)?.get(partition)
    if (bounds) bounds.end = end
  }
  return found
}

async function since(admin: Admin, partitions: TopicPartition[], timestamp: bigint) {
  const asked = await leadingPartitions(admin, partitions)
  const found = new Map(asked.map(({ name }) => [name, new Map<number, number | undefined>()]))
  const offsets = asked.length > 0 ? await offsetsAt(admin, asked, timestamp) : []
  for (const [topic, partition, offset] of offsets) found.get(topic)?.set(partition, offset < 0 ? undefined : offset)
  return found
}
