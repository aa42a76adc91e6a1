import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { parseLogLine, shortLogLine } from '../lib/connectors/commands/log-line.ts'
import { type Connector, isReversed } from '../lib/connectors/declaration/connector.ts'
import { localTarget } from '../lib/connectors/local.ts'
import { failureTopics } from '../lib/connectors/resources/environment.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import { openBucket } from './bucket.ts'
import { runCommand } from './command.ts'
import { declaredConnectors } from './declared-connectors.ts'
import { CONNECTORS_CONFIG } from './framework.ts'
import { startKafka } from './kafka-broker.ts'
import { offlinePorts, startOffline, storeEnvironment } from './offline-service.ts'
import { refuseTaken } from './ports.ts'
import { terminal } from './progress.ts'
import { allOrNone, type Stack, startStack } from './stack.ts'
import { createTopics } from './topics.ts'

/** What `dump` and `compact` log of an object that readers see. */
const OBJECT_LINES = ['Object written', 'Object committed']

/**
 * `npm start [-- <connectors file>]`: runs the local stack and `serverless offline` until Ctrl-C, and prints a line for each
 * object that is written. Runs the connectors of the file, or the functions of serverless.yml when none is given.
 */
const [file] = process.argv.slice(2)
const defaults: Declared = { topics: ['orders', 'payments'], targetTopics: [], hasTarget: false, environment: {} }
const interrupted = new Promise<void>(resolve => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
})
await runCommand(async () => {
  await using cleanup = new AsyncDisposableStack()
  await refuseTaken(offlinePorts(process.env))
  const declared = file === undefined ? defaults : await readDeclared(file)
  const [stack, target] = await allOrNone(startStack({ progress: terminal }), startTarget(declared.hasTarget))
  cleanup.defer(() => stack.stop())
  cleanup.defer(() => target.stop())
  const settings = { ...stack.store.address, bucket: process.env.S3_BUCKET || 'kafka-dump' }
  await openBucket(settings)
  await createMissingTopics(stack.kafka.connections.plaintext, declared.topics)
  await createMissingTopics(localTarget({ ...process.env, ...target.environment }), declared.targetTopics)
  const environment = {
    ...storeEnvironment(settings),
    ...declared.environment,
    ...target.environment,
    KAFKA_BROKERS: stack.kafka.brokers,
  }
  const printer = createPrinter()
  const service = await startOffline({ config: declared.config, environment, onLine: printer.print })
  cleanup.defer(() => service.stop())
  printer.begin()
  printAddresses(stack, settings.bucket, declared, target.environment.TARGET_KAFKA_BROKERS)
  await Promise.race([interrupted, service.ended])
  console.log('\nStopping …')
})

/** What to run. */
interface Declared {
  /** Topics to create: those that are read, and those for failed records. */
  topics: string[]
  /** Topics to create on the target, for reversed replications. */
  targetTopics: string[]
  /** Whether records go to another cluster. */
  hasTarget: boolean
  /** File of the service; serverless.yml when left out. */
  config?: string
  environment: Record<string, string>
}

async function readDeclared(file: string): Promise<Declared> {
  const start = performance.now()
  const connectors = await declaredConnectors(file)
  terminal.done(file, connectors.map(({ name }) => name).join(', '), performance.now() - start)
  return {
    topics: topicsOf(connectors.filter(connector => !isReversed(connector))),
    targetTopics: topicsOf(connectors.filter(isReversed)),
    hasTarget: connectors.some(({ kind }) => kind === 'replicate'),
    config: CONNECTORS_CONFIG,
    environment: { CONNECTORS: resolve(file) },
  }
}

function topicsOf(connectors: Connector[]): string[] {
  const topics = connectors.flatMap(connector => [...(connector.source.topics ?? []), ...failureTopics(connector)])
  return [...new Set(topics)]
}

async function createMissingTopics(cluster: KafkaSettings | undefined, topics: string[]): Promise<void> {
  if (cluster && topics.length > 0) await createTopics(cluster, Object.fromEntries(topics.map(topic => [topic, 3])))
}

/** If a target is needed: the cluster in `TARGET_KAFKA_BROKERS`, or one that is started here. */
async function startTarget(isNeeded: boolean): Promise<{ environment: Record<string, string>; stop(): Promise<void> }> {
  if (!isNeeded) return { environment: {}, stop: async () => {} }
  const { TARGET_KAFKA_BROKERS: given } = process.env
  if (given) {
    terminal.done('Target from environment', given, 0)
    return { environment: { TARGET_KAFKA_BROKERS: given }, stop: async () => {} }
  }
  const target = await startKafka({ progress: terminal, name: 'Kafka “target”' })
  return { environment: { TARGET_KAFKA_BROKERS: target.brokers }, stop: () => target.stop() }
}

function printAddresses(
  { kafka, store }: Stack,
  bucket: string,
  { topics, targetTopics }: Declared,
  target: string | undefined,
) {
  const { endpoint, credentials } = store.address
  const topicList = (topics: string[]) => (topics.length > 0 ? `   topics ${topics.join(', ')}` : '')
  const addresses = [
    `  Kafka    ${kafka.brokers}${topicList(topics)}`,
    ...(target ? [`  Target   ${target}${topicList(targetTopics)}`] : []),
    `  Store    ${endpoint}   bucket ${bucket}, access key ${credentials?.accessKeyId}, secret ${credentials?.secretAccessKey}`,
  ]
  const [brokers, [topic = '<topic>']] =
    target && topics.length === 0 && targetTopics.length > 0 ? [target, targetTopics] : [kafka.brokers, topics]
  console.log(`
${addresses.join('\n')}

  Send records from another terminal:  ${styleText('bold', `KAFKA_BROKERS=${brokers} npm run produce -- 100 ${topic}`)}
  Stop with Ctrl-C.
`)
}

/** Prints the service's lines. Lines of its start are held back until it is ready; if it fails, they are in the error. */
function createPrinter() {
  let waiting: string[] | undefined = []
  return {
    print(line: string) {
      if (waiting) waiting.push(line)
      else printLine(line)
    },
    begin() {
      const lines = waiting ?? []
      waiting = undefined
      for (const line of lines) printLine(line)
    },
  }
}

/** Prints a function's log line in short form, and any other line unchanged. */
function printLine(line: string) {
  // serverless-offline prints the duration of each invocation, and `serverless connectors test` makes many.
  if (line.startsWith('(λ: ')) return
  const entry = parseLogLine(line)
  if (!entry) console.log(styleText('dim', line))
  else if (OBJECT_LINES.includes(`${entry.message}`))
    console.log(
      `${styleText('green', '→')} ${entry.key}  ${entry.records} ${entry.records === 1 ? 'record' : 'records'}, ${entry.bytes} bytes`,
    )
  else console.log(styleText(entry.level === 'ERROR' ? 'red' : 'dim', shortLogLine(entry)))
}
