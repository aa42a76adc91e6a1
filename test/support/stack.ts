import { readFileSync } from 'node:fs'
import type { KafkaConnections } from '../../local/kafka-broker.ts'
import type { StoreAddress } from '../../local/s3-proxy.ts'
import { createTopics } from '../../local/topics.ts'

/** The broker and the store of the integration tests. */
export const stack: { connections: KafkaConnections; store: StoreAddress } = JSON.parse(
  readFileSync(process.env.TEST_STACK as string, 'utf8'),
)

let made = 0

/** A name that no other test uses. */
export function uniqueName(prefix: string): string {
  made += 1
  return `${prefix}-${process.pid}-${made}`
}

/** Creates a topic that no other test uses. */
export async function createTopic(prefix: string, partitions = 1): Promise<string> {
  const topic = uniqueName(prefix)
  await createTopics(stack.connections.plaintext, { [topic]: partitions })
  return topic
}
