import { CodedError } from '../../error.ts'
import { retryUntil } from '../../retry.ts'
import type { Client } from '../client/client.ts'
import { createClusterClient } from '../client/cluster-client.ts'
import type { KafkaSettings } from '../client/settings.ts'
import { describeKnownTopicConfigs } from '../client/topic-configs.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { kafkaError, protocolErrorsOf } from '../error.ts'
import { TOPIC_CONFIG } from '../protocol.ts'
import { createTopic, type NewTopic } from './new-topic.ts'

/** What topics for failed records are like when they are created. */
export interface FailureTopicSettings {
  partitions: number
  /** As Kafka's `cleanup.policy`. */
  cleanupPolicy: string
}

export interface FailureTopicsOptions extends FailureTopicSettings {
  clientId: string
  onCreated(topic: NewTopic): void
}

/** The broker's default number of replicas. Source: KIP-464; Kafka 2.4 or later. */
const BROKER_DEFAULT = -1

/** Kafka doesn't tell a login that may not see a topic whether it exists. */
const HIDDEN = 'The topic does not exist, or DESCRIBE is not allowed.'

const LIMIT = 'max.message.bytes'

/** A topic for failed records, before it exists. */
export function failureTopic(topic: string, { partitions, cleanupPolicy }: FailureTopicSettings): NewTopic {
  return { topic, partitions, replicas: BROKER_DEFAULT, settings: { 'cleanup.policy': cleanupPolicy } }
}

/** The command of Kafka's own tools that creates the topic. */
export function creationCommand({ topic, partitions, settings }: NewTopic, connection: KafkaSettings): string {
  return [
    `kafka-topics.sh --bootstrap-server ${connection.brokers.join(',')}`,
    ...(connection.securityProtocol === 'PLAINTEXT' ? [] : ['--command-config client.properties']),
    `--create --topic ${topic} --partitions ${partitions}`,
    ...Object.entries(settings).map(([name, value]) => `--config ${name}=${value}`),
  ].join(' ')
}

/**
 * Creates topics for failed records, unless they exist. A new one accepts records as large as the topics do that the records
 * come from, if the login may read their settings.
 *
 * The result throws CodedError `KAFKA_UNAVAILABLE`, or `KAFKA_ACCESS_DENIED` and `KAFKA_REJECTED` with the command that
 * creates the topic.
 */
export function createFailureTopics(connection: KafkaSettings, options: FailureTopicsOptions) {
  async function createMissing(client: Client, topic: string, sources: string[]): Promise<void> {
    const planned = failureTopic(topic, options)
    if (await exists(client, planned)) return
    const created = { ...planned, settings: { ...planned.settings, ...(await limitOf(client, sources)) } }
    await createTopic(client, created).catch(thrown => {
      const error = kafkaError(thrown, 'create it')
      throw error.retryable ? error : withCommand('The topic does not exist.', error, created)
    })
    options.onCreated(created)
  }

  async function exists(client: Client, planned: NewTopic): Promise<boolean> {
    try {
      return (await topicMetadata(client.base, planned.topic)) !== undefined
    } catch (thrown) {
      if (!protocolErrorsOf(thrown).includes('TOPIC_AUTHORIZATION_FAILED')) throw thrown
      throw withCommand(HIDDEN, kafkaError(thrown, 'ask for it'), planned)
    }
  }

  function withCommand(finding: string, { code, message, cause }: CodedError, topic: NewTopic): CodedError {
    const advice = `With a login that may create it, run: ${creationCommand(topic, connection)}`
    return new CodedError(code, `${finding} ${message} ${advice}`, { cause, topic: topic.topic })
  }

  return async (topic: string, sources: string[], deadline: number): Promise<void> => {
    const cluster = createClusterClient(connection, options.clientId)
    try {
      await retryUntil(deadline, signal =>
        cluster.attempt(`find the topic ${topic}`, signal, client => createMissing(client, topic, sources)),
      )
    } finally {
      // Not awaited: a broker that hangs would delay the records.
      cluster.close().catch(() => {})
    }
  }
}

/**
 * The highest limit of the topics, if it was set on a topic; otherwise it is the default, which a new topic has as well. The cluster
 * may know none of them: they are in another cluster, or deleted by now.
 */
async function limitOf(client: Client, topics: string[]): Promise<NewTopic['settings']> {
  const described = await describeKnownTopicConfigs(client, topics).catch(thrown => {
    const isUnknown = protocolErrorsOf(thrown).includes('UNKNOWN_TOPIC_OR_PARTITION')
    if (!isUnknown && kafkaError(thrown, 'ask for the topics’ settings').retryable) throw thrown
    return []
  })
  const [highest] = described
    .flatMap(({ configs }) => configs.filter(({ name }) => name === LIMIT))
    .toSorted((one, other) => Number(other.value) - Number(one.value))
  return highest?.configSource === TOPIC_CONFIG && highest.value ? { [LIMIT]: highest.value } : {}
}
