import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startKafka } from '../../local/kafka-broker.ts'
import { silent } from '../../local/progress.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'

/** One broker and one store for all integration tests. Without Java or Maven this fails and says what is missing. */
export default async function startStack() {
  const [kafka, s3] = await Promise.all([startKafka({ progress: silent }), startS3Proxy({ progress: silent })])
  const folder = join(import.meta.dirname, '../../.cache')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `test-stack-${process.pid}.json`)
  await writeFile(file, JSON.stringify({ connections: kafka.connections, store: s3.address }))
  // Test files run in processes of their own, which get the environment.
  process.env.TEST_STACK = file
  Object.assign(globalThis, { testStack: { file, servers: [kafka, s3] } })
}
