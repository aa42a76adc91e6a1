import { startKafka } from '../../local/kafka-broker.ts'
import { resolveJars } from '../../local/maven.ts'
import { silent } from '../../local/progress.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { allOrNone } from '../../local/stack.ts'
import type { TestStack } from './stack.ts'

/**
 * Two brokers and one store for all test files, never those that the environment names: tests use every way in, and what they
 * create is not meant for anybody's cluster. Without Java or Maven this fails and says what is missing.
 */
export default async function startStack() {
  // Two Mavens at once damage their repository, so the test files of two workers must find these jars in the cache.
  await resolveJars('mirror-maker', silent)
  const [kafka, target, s3] = await allOrNone(startKafka(), startKafka(), startS3Proxy())
  const facts: TestStack = { connections: kafka.connections, target: target.connections, store: s3.address }
  // Test files run in processes of their own, which get the environment. Unlike a file it leaves nothing behind.
  process.env.TEST_STACK = JSON.stringify(facts)
  Object.assign(globalThis, { testServers: [kafka, target, s3] })
}
