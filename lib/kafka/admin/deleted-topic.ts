import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '../../error.ts'
import { apiOf, type Client } from '../client/client.ts'
import { topicMetadata } from '../client/topic-metadata.ts'
import { protocolErrorsOf } from '../error.ts'
import { CHANGE_TIMEOUT_MS, controllerOf } from './controller.ts'

/** How long a deletion may take to be known. With ZooKeeper it continues after the request is answered. */
const GONE_TIMEOUT_MS = 30_000
const GONE_POLL_MS = 100

/** Deletes a topic with all its records unless it doesn't exist, and waits until it is gone. */
export async function deleteTopic(client: Client, topic: string): Promise<void> {
  const api = await apiOf<[object[], number], unknown>(client, 'DeleteTopics')
  try {
    await api.async(await controllerOf(client), [{ name: topic, topicId: null }], CHANGE_TIMEOUT_MS)
  } catch (error) {
    if (!protocolErrorsOf(error).includes('UNKNOWN_TOPIC_OR_PARTITION')) throw error
  }
  const deadline = Date.now() + GONE_TIMEOUT_MS
  while (await topicMetadata(client.base, topic, true)) {
    if (Date.now() >= deadline) {
      const message = `The topic ${topic} is still there ${GONE_TIMEOUT_MS / 1000} s after it was deleted.`
      throw new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, topic })
    }
    await sleep(GONE_POLL_MS)
  }
}
