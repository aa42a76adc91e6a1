import { styleText } from 'node:util'
import { openBucket } from './bucket.ts'
import { runCommand } from './command.ts'
import { declaredTopics } from './declared-topics.ts'
import { startOffline, storeEnvironment } from './offline-service.ts'
import { terminal } from './progress.ts'
import { type Stack, startStack } from './stack.ts'
import { createTopics } from './topics.ts'

/**
 * The local stack and `serverless offline`, kept running until Ctrl-C, with a line for each object that is written. With a
 * file of connectors these run, else the functions of serverless.yml.
 */
const [connectors] = process.argv.slice(2)
const interrupted = new Promise<void>(resolve => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
})
await runCommand(async () => {
  await using cleanup = new AsyncDisposableStack()
  const stack = await startStack({ progress: terminal })
  cleanup.defer(() => stack.stop())
  const settings = { ...stack.store.address, bucket: process.env.S3_BUCKET || 'kafka-dump' }
  await openBucket(settings)
  const topics = connectors ? await declaredTopics(connectors) : ['orders', 'payments']
  await createTopics(stack.kafka.connections.plaintext, Object.fromEntries(topics.map(topic => [topic, 3])))
  const environment = { ...storeEnvironment(settings), KAFKA_BROKERS: stack.kafka.brokers }
  if (connectors) Object.assign(environment, { CONNECTORS: connectors })
  const config = connectors && 'serverless.connectors.yml'
  const service = await startOffline({ config, environment, onLine: printLine })
  cleanup.defer(() => service.stop())
  printAddresses(stack, settings.bucket, topics)
  await Promise.race([interrupted, service.ended])
  console.log('\nStopping …')
})

function printAddresses({ kafka, store }: Stack, bucket: string, topics: string[]) {
  const { endpoint, credentials } = store.address
  console.log(`
  Kafka    ${kafka.brokers}${topics.length > 0 ? `   topics ${topics.join(', ')}` : ''}
  Store    ${endpoint}   bucket ${bucket}, access key ${credentials?.accessKeyId}, secret ${credentials?.secretAccessKey}

  Send records from another terminal:  ${styleText('bold', `KAFKA_BROKERS=${kafka.brokers} npm run produce -- 100 ${topics[0] ?? 'orders'}`)}
  Stop with Ctrl-C.
`)
}

/** A function's log line in short, anything else as it is. */
function printLine(line: string) {
  const entry = parse(line)
  if (!entry) console.log(styleText('dim', line))
  else if (entry.message === 'Object written')
    console.log(`${styleText('green', '→')} ${entry.key}  ${entry.records} records, ${entry.bytes} bytes`)
  else console.log(entry.level === 'ERROR' ? styleText('red', line) : line)
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined
  } catch {
    return undefined
  }
}
