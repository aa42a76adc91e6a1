import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, describeAclsV3, metadataV12 } from '@platformatic/kafka'
import { RenewedClient } from '../../secrets/renewed-client.ts'
import { apiOf, type Client, openClient } from '../client/client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { describeTopicConfigs } from '../client/topic-configs.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { kafkaError, protocolErrorsOf } from '../error.ts'
import { TOPIC_RESOURCE } from '../protocol.ts'

/** Numbers of the protocol. Source: Apache Kafka, `org.apache.kafka.common.acl` and `.resource`. */
export const aclOperations = { ANY: 1, ALL: 2, READ: 3, WRITE: 4, DESCRIBE: 8 } as const
export const aclPermissions = { ANY: 1, DENY: 2, ALLOW: 3 } as const
const LITERAL_PATTERN = 3

/** Source of a setting that was set on the topic itself. Source: Apache Kafka, `DescribeConfigsResponse.ConfigSource`. */
const TOPIC_CONFIG = 1

/** How long the cluster may take to apply a change. */
const CHANGE_TIMEOUT_MS = 5_000

/** How long to wait for a new topic's leaders; normally they are elected much sooner. */
const LEADERS_TIMEOUT_MS = 5_000
const LEADERS_POLL_MS = 100

/** Settings made on the topic itself, by the names of Kafka's topic configuration; without the broker's defaults. */
export type TopicSettings = Record<string, string>

export interface NewTopic {
  topic: string
  partitions: number
  /** -1 for the broker's default. */
  replicas: number
  settings: TopicSettings
}

/** A permission on one topic. Source: Apache Kafka, "Authorization and ACLs". */
export interface TopicAcl {
  topic: string
  /** `User:alice`. */
  principal: string
  /** `*` for all. */
  host: string
  /** One of {@link aclOperations}. */
  operation: number
  /** One of {@link aclPermissions}. */
  permission: number
}

/**
 * Administration of one cluster. Each call connects and disconnects: calls are rare, and the broker would close a connection
 * that is idle between invocations. Nothing is retried here, because the caller knows how much time is left.
 *
 * All methods throw CodedError with `KAFKA_UNAVAILABLE` (retryable), `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`.
 */
export interface ClusterAdmin {
  /** The cluster's permanent id, the same whichever address connects to it. */
  clusterId(): Promise<string>
  /** The number of partitions of each topic of the cluster. */
  partitionCounts(): Promise<Map<string, number>>
  /** The topic's number of partitions; undefined if it does not exist. Never makes the broker create it. */
  partitionCount(topic: string): Promise<number | undefined>
  /** Creates the topic unless it exists, and waits for the leaders of its partitions. */
  createTopic(topic: NewTopic): Promise<void>
  /** Lets the cluster check whether the topic could be created, without creating it. */
  validateTopic(topic: NewTopic): Promise<void>
  /** Increases the topic's number of partitions to `partitions`, which must be more than it has. */
  addPartitions(topic: string, partitions: number): Promise<void>
  /** The settings of topics that exist. */
  topicSettings(topics: string[]): Promise<Map<string, TopicSettings>>
  /** Gives each topic exactly these settings and resets all others to the broker's defaults. */
  replaceTopicSettings(settings: Map<string, TopicSettings>): Promise<void>
  /** The ACLs of topics with literal names; none if the cluster has no authorizer. */
  topicAcls(): Promise<TopicAcl[]>
  /** Adds ACLs; existing ones stay as they are. */
  addTopicAcls(acls: TopicAcl[]): Promise<void>
}

export function createAdmin(connection: KafkaSettings, clientId: string): ClusterAdmin {
  let calls = 0
  const renewed = new RenewedClient(connection, {
    open: connection => openClient(connection, clientId, calls++),
    close: ({ base }) => base.close(),
    refusal: 'KAFKA_ACCESS_DENIED',
  })
  const ask = <T>(action: string, run: (client: Client) => Promise<T>) =>
    renewed.useOnce(run, thrown => kafkaError(thrown, action))

  return {
    clusterId: () => ask('ask for the cluster’s id', async ({ base }) => (await base.metadata({ topics: [] })).id),
    partitionCounts: () => ask('list the topics', partitionCounts),
    partitionCount: topic =>
      ask(`ask for the topic ${topic}`, async ({ base }) => (await topicMetadata(base, topic))?.partitionsCount),
    createTopic: topic =>
      ask(`create the topic ${topic.topic}`, async client => {
        if (await topicMetadata(client.base, topic.topic)) return
        await create(client, topic, false)
        await waitForLeaders(client, topic.topic)
      }),
    validateTopic: topic => ask(`create the topic ${topic.topic}`, client => create(client, topic, true)),
    addPartitions: (topic, count) =>
      ask(`add partitions to the topic ${topic}`, async client => {
        const api = await apiOf<[object[], number, boolean], unknown>(client, 'CreatePartitions')
        const request = { name: topic, count, assignments: null }
        await api.async(await controllerOf(client), [request], CHANGE_TIMEOUT_MS, false)
      }),
    topicSettings: topics => ask('ask for the topics’ settings', client => topicSettings(client, topics)),
    replaceTopicSettings: settings =>
      ask('change the topics’ settings', async client => {
        const resources = Array.from(settings, ([resourceName, values]) => ({
          resourceType: TOPIC_RESOURCE,
          resourceName,
          configs: entriesOf(values),
        }))
        if (resources.length === 0) return
        const api = await apiOf<[object[], boolean], unknown>(client, 'AlterConfigs')
        await api.async(await controllerOf(client), resources, false)
      }),
    topicAcls: () => ask('ask for the topics’ ACLs', topicAcls),
    addTopicAcls: acls =>
      ask('add ACLs of topics', async client => {
        if (acls.length === 0) return
        const api = await apiOf<[object[]], unknown>(client, 'CreateAcls')
        await api.async(await controllerOf(client), acls.map(toCreation))
      }),
  }
}

/** Only the controller makes changes to the cluster. Without ZooKeeper, any broker forwards requests to it. */
async function controllerOf({ base }: Client): Promise<Connection> {
  const { controllerId, brokers } = await base.metadata({ topics: [] })
  // During an election there is no controller; the client reports that as a retryable error.
  return await base.connections.get(brokers.get(controllerId) as never)
}

async function partitionCounts(client: Client): Promise<Map<string, number>> {
  type Parameters = [topics: null, create: boolean, operations: boolean]
  const api = await apiOf<Parameters, metadataV12.MetadataResponse>(client, 'Metadata')
  const { topics } = await api.async(await client.anyBroker(), null, false, false)
  return new Map(topics.map(({ name, partitions }) => [name ?? '', partitions.length]))
}

async function create(client: Client, { topic, partitions, replicas, settings }: NewTopic, validateOnly: boolean) {
  const api = await apiOf<[object[], number, boolean], unknown>(client, 'CreateTopics')
  const counts = { numPartitions: partitions, replicationFactor: replicas, assignments: [] }
  try {
    const request = { name: topic, ...counts, configs: entriesOf(settings) }
    await api.async(await controllerOf(client), [request], CHANGE_TIMEOUT_MS, validateOnly)
  } catch (error) {
    if (!protocolErrorsOf(error).includes('TOPIC_ALREADY_EXISTS')) throw error
  }
}

async function waitForLeaders({ base }: Client, topic: string): Promise<void> {
  const deadline = Date.now() + LEADERS_TIMEOUT_MS
  const haveLeaders = async () =>
    (await topicMetadata(base, topic, true))?.partitions.every(({ leader }) => leader >= 0) ?? false
  while (!(await haveLeaders()) && Date.now() < deadline) await sleep(LEADERS_POLL_MS)
}

function entriesOf(settings: TopicSettings) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }))
}

async function topicSettings(client: Client, topics: string[]): Promise<Map<string, TopicSettings>> {
  if (topics.length === 0) return new Map()
  const described = await describeTopicConfigs(client, topics, null)
  return new Map(
    described.map(({ resourceName, configs }) => [
      resourceName,
      Object.fromEntries(
        configs
          .filter(
            ({ configSource, readOnly, isSensitive }) => configSource === TOPIC_CONFIG && !readOnly && !isSensitive,
          )
          .map(({ name, value }) => [name, value ?? '']),
      ),
    ]),
  )
}

async function topicAcls(client: Client): Promise<TopicAcl[]> {
  const api = await apiOf<[object], describeAclsV3.DescribeAclsResponse>(client, 'DescribeAcls')
  const filter = {
    resourceType: TOPIC_RESOURCE,
    resourceName: null,
    resourcePatternType: LITERAL_PATTERN,
    principal: null,
    host: null,
    operation: aclOperations.ANY,
    permissionType: aclPermissions.ANY,
  }
  try {
    const { resources } = await api.async(await client.anyBroker(), filter)
    return resources.flatMap(({ resourceName, acls }) =>
      acls.map(({ principal, host, operation, permissionType }) => ({
        topic: resourceName,
        principal,
        host,
        operation,
        permission: permissionType,
      })),
    )
  } catch (error) {
    if (protocolErrorsOf(error).includes('SECURITY_DISABLED')) return []
    throw error
  }
}

function toCreation({ topic, principal, host, operation, permission }: TopicAcl) {
  return {
    resourceType: TOPIC_RESOURCE,
    resourceName: topic,
    resourcePatternType: LITERAL_PATTERN,
    principal,
    host,
    operation,
    permissionType: permission,
  }
}
