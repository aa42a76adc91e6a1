import { startKafka } from '../../local/kafka-broker.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { bothOrNeither } from '../../local/stack.ts'
import type { TestStack } from './stack.ts'

/**
 * One broker and one store for all integration tests, always of our own: they use every way in, and what they create
 * isn't meant for a cluster that the environment names. Without Java or Maven this fails and says what is missing.
 */
export default async function startStack() {
  const [kafka, s3] = await bothOrNeither(startKafka(), startS3Proxy())
  const facts: TestStack = { connections: kafka.connections, store: s3.address }
  // Test files run in processes of their own, which get the environment. Unlike a file it leaves nothing behind.
  process.env.TEST_STACK = JSON.stringify(facts)
  Object.assign(globalThis, { testServers: [kafka, s3] })
}
