import type { Admin } from '@platformatic/kafka'
import type { TopicPartition } from '../../record.ts'
import { createSession } from '../client/session.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { protocolErrorsOf } from '../error.ts'
import { EARLIEST, LATEST, READ_UNCOMMITTED } from '../protocol.ts'

/** A position in one partition: the offset of the next record to read. */
export interface Position extends TopicPartition {
  offset: number
}

export interface CommittedPosition extends Position {
  /** Metadata committed with the offset; `''` if there is none. */
  metadata: string
}

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
   * Sets the positions of a group without members.
   *
   * @returns false if the group has members, which commit their own positions
   */
  commit(group: string, positions: Position[]): Promise<boolean>
  /** Bounds of the partitions that exist and have a leader, by topic and partition. */
  bounds(partitions: TopicPartition[]): Promise<Map<string, Map<number, LogBounds>>>
  close(): Promise<void>
}

export function createGroupOffsets(connection: KafkaSettings, clientId: string): GroupOffsets {
  const { ask, close } = createSession(connection, clientId, ({ Admin }, options) => new Admin(options))
  return {
    states: () => ask('list the consumer groups', states),
    committed: groups => ask('ask for committed offsets', admin => committed(admin, groups)),
    commit: (group, positions) => ask(`commit offsets of the group ${group}`, admin => commit(admin, group, positions)),
    bounds: partitions => ask('ask for the bounds of partitions', admin => bounds(admin, partitions)),
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
  try {
    return await committedTogether(admin, groups)
  } catch (error) {
    if (!protocolErrorsOf(error).includes('GROUP_AUTHORIZATION_FAILED')) throw error
  }
  // One group that the login may not describe fails the whole request, so ask for each group separately.
  const found = await Promise.all(groups.map(group => committedTogether(admin, [group]).catch(emptyWhenDenied)))
  return new Map(found.flatMap(offsets => [...offsets]))
}

function emptyWhenDenied(error: unknown): Map<string, CommittedPosition[]> {
  if (protocolErrorsOf(error).includes('GROUP_AUTHORIZATION_FAILED')) return new Map()
  throw error
}

async function committedTogether(admin: Admin, groups: string[]): Promise<Map<string, CommittedPosition[]>> {
  // Without `requireStable`, with which one open transaction would fail all groups. Its offsets are not committed yet.
  const found = await admin.listConsumerGroupOffsets({ groups })
  return new Map(
    found.map(({ groupId, topics }) => [
      groupId,
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

async function commit(admin: Admin, groupId: string, positions: Position[]): Promise<boolean> {
  const topics = Map.groupBy(positions, ({ topic }) => topic)
  try {
    await admin.alterConsumerGroupOffsets({
      groupId,
      topics: Array.from(topics, ([name, positions]) => ({
        name,
        partitionOffsets: positions.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
      })),
    })
    return true
  } catch (error) {
    if (hasMembers(error as ProtocolError)) return false
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

/** Source: Apache Kafka, `MetadataResponse.NO_LEADER_ID`. */
const NO_LEADER = -1

async function bounds(admin: Admin, partitions: TopicPartition[]): Promise<Map<string, Map<number, LogBounds>>> {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  const existing = (await admin.listTopics({ includeInternals: true })).filter(name => topics.has(name))
  if (existing.length === 0) return new Map()
  const { topics: described } = await admin.metadata({ topics: existing })
  const asked = existing.map(name => {
    const known = described.get(name)?.partitions ?? []
    const hasLeader = ({ partition }: TopicPartition) => (known[partition]?.leader ?? NO_LEADER) !== NO_LEADER
    return { name, partitions: (topics.get(name) ?? []).filter(hasLeader) }
  })
  const offsetsAt = async (timestamp: bigint) => {
    const listed = await admin.listOffsets({
      topics: asked.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
      })),
      isolationLevel: READ_UNCOMMITTED,
    })
    return listed.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, offset }) => [name, partitionIndex, Number(offset)] as const),
    )
  }
  const [starts, ends] = await Promise.all([offsetsAt(EARLIEST), offsetsAt(LATEST)])
  const found = new Map(asked.map(({ name }) => [name, new Map<number, LogBounds>()]))
  for (const [topic, partition, start] of starts) found.get(topic)?.set(partition, { start, end: start })
  for (const [topic, partition, end] of ends) {
    const bounds = found.get(topic)?.get(partition)
    if (bounds) bounds.end = end
  }
  return found
}
