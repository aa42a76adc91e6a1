import type { Admin } from '@platformatic/kafka'
import pMap from 'p-map'
import type { CodedError } from '../../error.ts'
import type { TopicPartition } from '../../record.ts'
import { createSession } from '../client/session.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { kafkaError, protocolErrorsOf } from '../error.ts'
import { coordinatorsOf, deleteGroup, deletePositions, GROUP_REQUESTS } from './group-requests.ts'

/** What to remove of one group: the positions in these partitions, or all of it. */
export interface RemovedGroup {
  group: string
  partitions: TopicPartition[] | 'all'
}

/** `active`: it has members, or reads one of the topics. What is not there counts as removed. */
export type RemovalResult = 'removed' | 'active' | CodedError

/** Removes consumer groups, and positions of them. Only of groups without members. */
export interface GroupRemoval {
  /**
   * Removes many at a time. What becomes of one group doesn't concern the others.
   *
   * @throws CodedError `KAFKA_UNAVAILABLE` (retryable), `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`
   */
  remove(groups: RemovedGroup[]): Promise<Map<string, RemovalResult>>
  close(): Promise<void>
}

export function createGroupRemoval(connection: KafkaSettings, clientId: string): GroupRemoval {
  const { ask, close } = createSession(connection, clientId, ({ Admin }, options) => {
    return new Admin({ ...options, maxInflights: GROUP_REQUESTS })
  })
  return { remove: groups => ask('remove positions of groups', admin => remove(admin, groups)), close }
}

async function remove(admin: Admin, groups: RemovedGroup[]): Promise<Map<string, RemovalResult>> {
  if (groups.length === 0) return new Map()
  const { found, failed } = await coordinatorsOf(
    admin,
    groups.map(({ group }) => group),
  )
  const removeOne = async ({ group, partitions }: RemovedGroup): Promise<RemovalResult> => {
    try {
      const coordinator = found.get(group)
      if (coordinator === undefined) throw failed.get(group)
      if (partitions === 'all') await deleteGroup(admin, coordinator, group)
      else await deletePositions(admin, coordinator, group, topicsOf(partitions))
      return 'removed'
    } catch (error) {
      return outcomeOf(error) ?? kafkaError(error, `remove positions of the group ${group}`)
    }
  }
  const results = await pMap(groups, removeOne, { concurrency: GROUP_REQUESTS })
  return new Map(groups.map(({ group }, index) => [group, results[index] as RemovalResult]))
}

/** Source: Apache Kafka, protocol guide, "Error codes". */
const isActive = ['NON_EMPTY_GROUP', 'GROUP_SUBSCRIBED_TO_TOPIC', 'REBALANCE_IN_PROGRESS']
const isGone = ['GROUP_ID_NOT_FOUND', 'UNKNOWN_TOPIC_OR_PARTITION']

/** What errors say about the group; undefined when one of them says something else. */
function outcomeOf(error: unknown): 'removed' | 'active' | undefined {
  const names = protocolErrorsOf(error)
  if (names.some(name => isActive.includes(name))) return 'active'
  return names.length > 0 && names.every(name => isGone.includes(name)) ? 'removed' : undefined
}

function topicsOf(partitions: TopicPartition[]) {
  return Array.from(
    Map.groupBy(partitions, ({ topic }) => topic),
    ([name, places]) => ({ name, partitions: places.map(({ partition }) => ({ partitionIndex: partition })) }),
  )
}
