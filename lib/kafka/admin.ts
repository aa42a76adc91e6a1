import kafkajs, { type AclOperationTypes, type AclPermissionTypes, type Admin, Kafka, logLevel } from 'kafkajs'
import { Renewal } from '../secrets/renewal.ts'
import { CONNECT_TIMEOUT_MS, type KafkaConnection, kafkajsConfig, REQUEST_TIMEOUT_MS } from './connection.ts'
import { kafkaError } from './error.ts'

// An ES module doesn't see these among the exports of kafkajs by name.
const { AclResourceTypes, ConfigResourceTypes, ConfigSource, ResourcePatternTypes } = kafkajs

/** The numbers that operations and permissions of ACLs have in the protocol. */
export const aclOperations = kafkajs.AclOperationTypes
export const aclPermissions = kafkajs.AclPermissionTypes

/** A topic's own settings, by the names of Kafka's topic configuration; what the broker decides is not among them. */
export type TopicSettings = Record<string, string>

export interface NewTopic {
  topic: string
  partitions: number
  /** -1 for the broker's default. */
  replicas: number
  settings: TopicSettings
}

/** Who may do what with one topic. Source: Apache Kafka, "Authorization and ACLs". */
export interface TopicAcl {
  topic: string
  /** `User:alice`. */
  principal: string
  /** `*` for all. */
  host: string
  operation: AclOperationTypes
  permission: AclPermissionTypes
}

/**
 * Administration of one cluster. Each call connects and disconnects: calls are rare, and a connection that idles between
 * invocations would be closed by the broker. Nothing is repeated here; whoever calls knows how much time is left.
 *
 * All methods throw CodedError with `KAFKA_UNAVAILABLE` (retryable), `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`.
 */
export interface ClusterAdmin {
  /** The id that the cluster was given once; the same through whatever address one comes. */
  clusterId(): Promise<string>
  /** How many partitions each topic of the cluster has. */
  partitionCounts(): Promise<Map<string, number>>
  /** How many partitions the topic has; undefined when there is no such topic. Never makes the broker create it. */
  partitionCount(topic: string): Promise<number | undefined>
  /** Creates the topic unless it is there already. */
  createTopic(topic: NewTopic): Promise<void>
  /** Whether the topic could be created: the cluster checks everything and does nothing. */
  validateTopic(topic: NewTopic): Promise<void>
  /** Makes the topic have so many partitions, which must be more than it has. */
  addPartitions(topic: string, partitions: number): Promise<void>
  /** The settings of topics that exist. */
  topicSettings(topics: string[]): Promise<Map<string, TopicSettings>>
  /** Gives each topic exactly these settings; others that it has go back to the broker's. */
  replaceTopicSettings(settings: Map<string, TopicSettings>): Promise<void>
  /** The ACLs of topics by name; none where the cluster has no authorizer. */
  topicAcls(): Promise<TopicAcl[]>
  /** Adds ACLs; those that are there already stay as they are. */
  addTopicAcls(acls: TopicAcl[]): Promise<void>
}

export function createAdmin(connection: KafkaConnection, clientId: string): ClusterAdmin {
  const renewal = new Renewal(connection)

  function ask<T>(action: string, run: (admin: Admin) => Promise<T>): Promise<T> {
    return renewal.run('KAFKA_ACCESS_DENIED', connection => askOnce(connection, action, run))
  }

  async function askOnce<T>(connection: KafkaConnection, action: string, run: (admin: Admin) => Promise<T>) {
    const cluster = new Kafka({
      ...kafkajsConfig(connection),
      clientId,
      logLevel: logLevel.NOTHING,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 0 },
    })
    const admin = cluster.admin()
    try {
      await admin.connect()
      return await run(admin)
    } catch (error) {
      throw adminError(error as AdminError, action)
    } finally {
      await admin.disconnect()
    }
  }

  return {
    clusterId: () => ask('ask for the cluster’s id', async admin => (await admin.describeCluster()).clusterId),
    partitionCounts: () => ask('list the topics', async admin => countsOf(await admin.fetchTopicMetadata())),
    partitionCount: topic =>
      ask(`ask for the topic ${topic}`, async admin => {
        try {
          return countsOf(await admin.fetchTopicMetadata({ topics: [topic] })).get(topic)
        } catch (error) {
          if (innermost(error as AdminError).type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined
          throw error
        }
      }),
    createTopic: topic =>
      ask(`create the topic ${topic.topic}`, async admin => {
        await admin.createTopics({ topics: [toTopicConfig(topic)], waitForLeaders: true })
      }),
    validateTopic: topic =>
      ask(`create the topic ${topic.topic}`, async admin => {
        await admin.createTopics({ topics: [toTopicConfig(topic)], validateOnly: true, waitForLeaders: false })
      }),
    addPartitions: (topic, count) =>
      ask(`add partitions to the topic ${topic}`, async admin => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] })
      }),
    topicSettings: topics => ask('ask for the topics’ settings', admin => topicSettings(admin, topics)),
    replaceTopicSettings: settings =>
      ask('change the topics’ settings', async admin => {
        const resources = Array.from(settings, ([name, values]) => ({
          type: ConfigResourceTypes.TOPIC,
          name,
          configEntries: entriesOf(values),
        }))
        if (resources.length > 0) await admin.alterConfigs({ validateOnly: false, resources })
      }),
    topicAcls: () => ask('ask for the topics’ ACLs', topicAcls),
    addTopicAcls: acls =>
      ask('add ACLs of topics', async admin => {
        if (acls.length > 0) await admin.createAcls({ acl: acls.map(toEntry) })
      }),
  }
}

function countsOf({ topics }: Awaited<ReturnType<Admin['fetchTopicMetadata']>>): Map<string, number> {
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
}

function toTopicConfig({ topic, partitions, replicas, settings }: NewTopic) {
  return { topic, numPartitions: partitions, replicationFactor: replicas, configEntries: entriesOf(settings) }
}

function entriesOf(settings: TopicSettings) {
  return Object.entries(settings).map(([name, value]) => ({ name, value }))
}

async function topicSettings(admin: Admin, topics: string[]): Promise<Map<string, TopicSettings>> {
  if (topics.length === 0) return new Map()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(name => ({ type: ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries
          .filter(entry => entry.configSource === ConfigSource.TOPIC_CONFIG && !entry.readOnly && !entry.isSensitive)
          .map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  )
}

async function topicAcls(admin: Admin): Promise<TopicAcl[]> {
  try {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      operation: aclOperations.ANY,
      permissionType: aclPermissions.ANY,
    })
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
    if (innermost(error as AdminError).type === 'SECURITY_DISABLED') return []
    throw error
  }
}

function toEntry({ topic, principal, host, operation, permission }: TopicAcl) {
  return {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal,
    host,
    operation,
    permissionType: permission,
  }
}

/** What kafkajs' errors have in common: the protocol's name for it, and what lies beneath. */
interface AdminError extends Error {
  type?: string
  retriable?: boolean
  errors?: AdminError[]
}

/** kafkajs wraps what happened in errors that say how often it was tried, or for how many topics. */
function innermost(error: AdminError): AdminError {
  const inner = error.errors?.[0] ?? (error.cause instanceof Error ? (error.cause as AdminError) : undefined)
  return inner ? innermost(inner) : error
}

/** A login also fails when the connection breaks in the middle of it, which kafkajs tells by its words only. */
const BROKEN_LOGIN = /connection|ECONN|timed out|timeout|socket/i

function adminError(thrown: AdminError, action: string) {
  const { name, message, type, retriable } = innermost(thrown)
  const refused = name === 'KafkaJSSASLAuthenticationError' && !BROKEN_LOGIN.test(message)
  const canRetry = retriable !== false || name === 'KafkaJSSASLAuthenticationError'
  const described = { name, message, apiId: refused ? 'SASL_AUTHENTICATION_FAILED' : type, canRetry }
  return kafkaError(Object.assign(new Error(message), described), action)
}
