import { setTimeout as sleep } from 'node:timers/promises'
import { apiOf, type Client } from '../client/client.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { protocolErrorsOf } from '../error.ts'
import { CHANGE_TIMEOUT_MS, controllerOf } from './controller.ts'
import { configsOf, type TopicSettings } from './topic-changes.ts'

/** How long to wait for a new topic's leaders; normally they are elected much sooner. */
const LEADERS_TIMEOUT_MS = 5_000
const LEADERS_POLL_MS = 100

export interface NewTopic {
  topic: string
  partitions: number
  /** -1 for the broker's default. */
  replicas: number
  settings: TopicSettings
}

/** Creates a topic unless it exists, and waits for the leaders of its partitions. */
export async function createTopic(client: Client, topic: NewTopic): Promise<void> {
  await create(client, topic, false)
  await waitForLeaders(client, topic.topic)
}

/** Lets the cluster check whether a topic could be created, without creating it. */
export async function validateTopic(client: Client, topic: NewTopic): Promise<void> {
  await create(client, topic, true)
}

async function create(client: Client, { topic, partitions, replicas, settings }: NewTopic, validateOnly: boolean) {
  const api = await apiOf<[object[], number, boolean], unknown>(client, 'CreateTopics')
  const counts = { numPartitions: partitions, replicationFactor: replicas, assignments: [] }
  try {
    const request = { name: topic, ...counts, configs: configsOf(settings) }
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
