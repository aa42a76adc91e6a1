import { type ClusterAdmin, createAdmin } from '../kafka/admin/admin.ts'
import { createGroupOffsets, type GroupOffsets } from '../kafka/admin/group-offsets.ts'
import { createGroupRemoval, type GroupRemoval } from '../kafka/admin/group-removal.ts'
import { createTopicIds } from '../kafka/admin/topic-id.ts'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { Codec } from '../kafka/codec.ts'
import { createProducer, type KafkaProducer } from '../kafka/produce/producer.ts'
import { createTransactions, type Transactions } from '../kafka/produce/transaction.ts'
import { createPartitionRecords, type PartitionRecords } from '../kafka/read/partition-records.ts'
import { createTopicLog, type TopicLog } from '../kafka/read/topic-log.ts'

/** What a restore asks of the target cluster. */
export interface TargetClients {
  admin: Pick<
    ClusterAdmin,
    | 'clusterId'
    | 'partitionCount'
    | 'settingsInEffect'
    | 'createTopic'
    | 'validateTopic'
    | 'deleteTopic'
    | 'addPartitions'
  >
  /** Whether readers of committed records find any in a topic. */
  hasRecords(topic: string): Promise<boolean>
  /** The first offset and the one behind the last, of each partition. */
  bounds: PartitionRecords['bounds']
  /** The cluster's own id of a topic, see {@link createTopicIds}. */
  topicId(topic: string, deadline: number): Promise<string>
  producer: Pick<KafkaProducer, 'send'>
  /** Absent: records are written at least once. */
  transactions?: Pick<Transactions, 'transaction' | 'settled'>
  log: Pick<TopicLog, 'read'>
}

/** What setting consumer groups asks of the cluster besides. */
export interface GroupClients {
  offsets: GroupOffsets
  removal: GroupRemoval
  records: PartitionRecords
}

export interface ProducingOptions {
  clientId: string
  compression: Codec
  /** Whether records and the map of their offsets are written in one transaction. */
  exactlyOnce: boolean
}

/** Clients that stay connected until they are closed. */
export function openTargetClients(
  connection: KafkaSettings,
  { clientId, compression, exactlyOnce }: ProducingOptions,
): TargetClients & { groups: GroupClients; close(): Promise<void> } {
  const reader = createPartitionRecords(connection, clientId)
  const offsets = createGroupOffsets(connection, clientId)
  const removal = createGroupRemoval(connection, clientId)
  const topicIds = createTopicIds(connection, clientId)
  const producer = createProducer(connection, { clientId, compression })
  const transactions = exactlyOnce ? createTransactions(connection, { clientId, compression }) : undefined
  const log = createTopicLog(connection, clientId)
  return {
    admin: createAdmin(connection, clientId),
    hasRecords: topic => hasRecords(topic, reader),
    bounds: topic => reader.bounds(topic),
    topicId: topicIds.of,
    ...{ producer, transactions, log, groups: { offsets, removal, records: reader } },
    async close() {
      const clients = [reader, offsets, removal, topicIds, producer, transactions, log]
      await Promise.all(clients.map(client => client?.close()))
    },
  }
}

/** Aborted transactions leave offsets behind, but no record. */
async function hasRecords(topic: string, reader: PartitionRecords): Promise<boolean> {
  for (const [partition, { start, end }] of await reader.bounds(topic)) {
    for await (const records of reader.read({ topic, partition, from: start, end })) if (records.length > 0) return true
  }
  return false
}
