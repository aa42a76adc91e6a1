import { randomUUID } from 'node:crypto'
import type { KafkaConnections } from '../../local/kafka-broker.ts'
import type { StoreAddress } from '../../local/s3-proxy.ts'
import { createTopics } from '../../local/topics.ts'

export interface TestStack {
  connections: KafkaConnections
  /** A second cluster, which replications write to. */
  target: KafkaConnections
  store: StoreAddress
}

/** The brokers and the store that all test files share. Names that a test creates there are its own: see `uniqueName`. */
export const stack: TestStack = JSON.parse(process.env.TEST_STACK as string)

/** A name that no other test uses, in any file or process. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

/** Creates a topic that no other test uses. */
export async function createTopic(prefix: string, partitions = 1): Promise<string> {
  const topic = uniqueName(prefix)
  await createTopics(stack.connections.plaintext, { [topic]: partitions })
  return topic
}
