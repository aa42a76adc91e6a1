import type { describeAclsV3, metadataV12 } from '@platformatic/kafka'
import { RenewedClient } from '../../secrets/renewed-client.ts'
import { apiOf, type Client, openClient } from '../client/client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { describeKnownTopicConfigs, describeTopicConfigs } from '../client/topic-configs.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { kafkaError, protocolErrorsOf } from '../error.ts'
import { TOPIC_CONFIG, TOPIC_RESOURCE } from '../protocol.ts'
import { controllerOf } from './controller.ts'
import { deleteTopic } from './deleted-topic.ts'
import { createTopic, type NewTopic, validateTopic } from './new-topic.ts'
import { growTopics, replaceSettings, type TopicFailures, type TopicSettings } from './topic-changes.ts'

/** Numbers of the protocol. Source: Apache Kafka, `org.apache.kafka.common.acl` and `.resource`. */
export const aclOperations = { ANY: 1, ALL: 2, READ: 3, WRITE: 4, DESCRIBE: 8 } as const
export const aclPermissions = { ANY: 1, DENY: 2, ALLOW: 3 } as const
const LITERAL_PATTERN = 3

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

export interface TopicShape {
  partitions: number
  /** Of the first partition: a topic's partitions have as many each, unless they are being reassigned. */
  replicas: number
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
  /** Partitions and replicas of each topic of the cluster. */
  topics(): Promise<Map<string, TopicShape>>
  /** The topic's number of partitions; undefined if it does not exist. Never makes the broker create it. */
  partitionCount(topic: string): Promise<number | undefined>
  /** Creates the topic unless it exists, and waits for the leaders of its partitions. */
  createTopic(topic: NewTopic): Promise<void>
  /** Lets the cluster check whether the topic could be created, without creating it. */
  validateTopic(topic: NewTopic): Promise<void>
  /** Deletes the topic with all its records unless it doesn't exist, and waits until it is gone. */
  deleteTopic(topic: string): Promise<void>
  /** Increases the number of partitions of topics to these numbers, which must be more than they have. */
  addPartitions(counts: ReadonlyMap<string, number>): Promise<TopicFailures>
  /** The settings of topics, without those that do not exist or that the login may not describe. */
  topicSettings(topics: string[]): Promise<Map<string, TopicSettings>>
  /**
   * What these settings of topics are, also where the broker's defaults apply; without topics that do not exist or that the
   * login may not describe, unless there is no other.
   */
  settingsInEffect(topics: string[], names: string[]): Promise<Map<string, TopicSettings>>
  /** The names of all settings that the cluster has for a topic, set or not. */
  settingNames(topic: string): Promise<Set<string>>
  /** Gives each topic exactly these settings and resets all others to the broker's defaults. */
  replaceTopicSettings(settings: ReadonlyMap<string, TopicSettings>): Promise<TopicFailures>
  /** Lets the cluster check whether a topic could have exactly these settings, without changing it. */
  validateTopicSettings(topic: string, settings: TopicSettings): Promise<void>
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
    partitionCounts: () =>
      ask('list the topics', async client => new Map(Array.from(await allTopics(client), countOf))),
    topics: () => ask('list the topics', allTopics),
    partitionCount: topic =>
      ask(`ask for the topic ${topic}`, async ({ base }) => (await topicMetadata(base, topic))?.partitionsCount),
    createTopic: topic =>
      ask(`create the topic ${topic.topic}`, async client => {
        if (await topicMetadata(client.base, topic.topic)) return
        await createTopic(client, topic)
      }),
    validateTopic: topic => ask(`create the topic ${topic.topic}`, client => validateTopic(client, topic)),
    deleteTopic: topic => ask(`delete the topic ${topic}`, client => deleteTopic(client, topic)),
    addPartitions: counts => ask('add partitions to topics', client => growTopics(client, counts)),
    topicSettings: topics => ask('ask for the topics’ settings', client => topicSettings(client, topics)),
    settingsInEffect: (topics, names) =>
      ask('ask for the topics’ settings', async client => {
        const described = topics.length === 0 ? [] : await describeKnownTopicConfigs(client, topics, names)
        return new Map(
          described.map(({ resourceName, configs }) => [
            resourceName,
            Object.fromEntries(configs.map(({ name, value }) => [name, value ?? ''])),
          ]),
        )
      }),
    settingNames: topic =>
      ask(`ask for the settings of the topic ${topic}`, async client => {
        const described = await describeTopicConfigs(client, [topic], null)
        return new Set(described.flatMap(({ configs }) => configs.map(({ name }) => name)))
      }),
    replaceTopicSettings: settings =>
      ask('change the topics’ settings', client => replaceSettings(client, settings, false)),
    validateTopicSettings: (topic, settings) =>
      ask(`check the settings of the topic ${topic}`, async client => {
        for (const failure of (await replaceSettings(client, new Map([[topic, settings]]), true)).values())
          throw failure
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

async function allTopics(client: Client): Promise<Map<string, TopicShape>> {
  type Parameters = [topics: null, create: boolean, operations: boolean]
  const api = await apiOf<Parameters, metadataV12.MetadataResponse>(client, 'Metadata')
  const { topics } = await api.async(await client.anyBroker(), null, false, false)
  return new Map(
    topics.map(({ name, partitions }) => [
      name ?? '',
      { partitions: partitions.length, replicas: partitions[0]?.replicaNodes.length ?? 0 },
    ]),
  )
}

function countOf([topic, { partitions }]: [string, TopicShape]): [string, number] {
  return [topic, partitions]
}

async function topicSettings(client: Client, topics: string[]): Promise<Map<string, TopicSettings>> {
  if (topics.length === 0) return new Map()
  const described = await describeKnownTopicConfigs(client, topics)
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
