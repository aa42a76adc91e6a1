import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, styleText } from 'node:util'
import type { Context } from 'aws-lambda'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../lib/kafka/client/settings.ts'
import { consumedHeaders } from '../lib/kafka/read/consumed-headers.ts'
import { undeclaredRules } from '../lib/offline/mapping/event-source-mapping.ts'
import { Poller } from '../lib/offline/poller/poller.ts'
import type { KafkaRecord } from '../lib/record.ts'
import { runCommand } from './command.ts'
import { failOver } from './failover.ts'
import { type KafkaBroker, startKafka } from './kafka-broker.ts'
import { orders, produce } from './orders.ts'
import { step, terminal } from './progress.ts'
import { allOrNone } from './stack.ts'
import { createTopics } from './topics.ts'

/** `npm run demo:replicate`: two clusters, records on one, the function between them, and a comparison on the other. */
const RECORDS = 3_000
const PARTITIONS = 3
const TOPIC = 'orders'
const REMOTE_TOPIC = 'europe.orders'
const GROUP = 'billing'
const STOP_AFTER = 1_234
/** Far longer than needed; reached only when something is broken. */
const DELIVERY_TIMEOUT_MS = 60_000

await runCommand(async () => {
  const start = Date.now()
  await using cleanup = new AsyncDisposableStack()
  const [source, target] = await allOrNone(
    startKafka({ progress: terminal, name: 'Kafka “europe”' }),
    startKafka({ progress: terminal, name: 'Kafka “america”' }),
  )
  cleanup.defer(async () => void (await Promise.all([source.stop(), target.stop()])))
  await createTopics(source.connections.plaintext, { [TOPIC]: PARTITIONS })
  const produced = await step(`${RECORDS} records into ${TOPIC}`, () =>
    produce(source.connections.plaintext, TOPIC, orders(RECORDS)),
  )
  setEnvironment(source, target)
  const poller = await startFunction(source)
  cleanup.defer(() => poller.stop())
  const replicated = await step(`records in ${REMOTE_TOPIC}`, () =>
    readTopic(target.connections.saslSslScram512, REMOTE_TOPIC, RECORDS),
  )
  // Leaves the group first, so that no more records can arrive.
  await poller.stop()
  printRecords(replicated)
  await verify(produced, replicated, target)
  await failOverGroup(source, target)
  await cleanup.disposeAsync()
  console.log(
    `Done in ${((Date.now() - start) / 1000).toFixed(1)} s. All servers are stopped and their data is removed.`,
  )
})
// The functions' connections stay open for their next invocation.
process.exit()

/** @throws when a record is missing, repeated, changed or out of order */
async function verify(produced: KafkaRecord[], replicated: KafkaRecord[], target: KafkaBroker) {
  const faults = compare(produced, replicated)
  for (const fault of faults.slice(0, 10)) console.error(styleText('red', `✗ ${fault}`))
  if (faults.length > 0) throw new Error(`${faults.length} of ${RECORDS} records are missing, repeated or changed`)
  const end = await countOf(target.connections.plaintext, REMOTE_TOPIC)
  if (end !== RECORDS) throw new Error(`${REMOTE_TOPIC} has ${end} records instead of ${RECORDS}`)
  const proof = `Each of the ${RECORDS} records is on the target once, in order, byte for byte.`
  console.log(`\n${styleText('green', '✓')} ${proof}`)
}

/** @throws when the group misses a record or reads one twice */
async function failOverGroup(source: KafkaBroker, target: KafkaBroker) {
  const { handler } = await import('../functions/sync-offsets.ts')
  const europe = { connection: source.connections.plaintext, topic: TOPIC }
  const america = { connection: target.connections.saslSslScram512, topic: REMOTE_TOPIC }
  const { onSource, onTarget } = await step(`group ${GROUP} fails over`, () =>
    failOver(GROUP, europe, america, STOP_AFTER, () => handler({}, invocation(30_000))),
  )
  const distinct = new Set([...onSource, ...onTarget])
  if (distinct.size !== RECORDS || onSource.length + onTarget.length !== RECORDS) {
    throw new Error(
      `${GROUP} read ${onSource.length} and ${onTarget.length} records, ${distinct.size} of them different`,
    )
  }
  const counts = `${onSource.length} records on “europe”, then the other ${onTarget.length} on “america”`
  console.log(`${styleText('green', '✓')} The group ${GROUP} read ${counts}: each once, none left out.`)
}

/** Sets the functions' environment variables, as a platform does. */
function setEnvironment(source: KafkaBroker, target: KafkaBroker) {
  const { brokers, ca, sasl } = target.connections.saslSslScram512
  Object.assign(process.env, {
    SOURCE_ALIAS: 'europe',
    TARGET_ALIAS: 'america',
    SOURCE_KAFKA_BROKERS: source.brokers,
    TARGET_KAFKA_BROKERS: brokers.join(),
    TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    TARGET_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    TARGET_KAFKA_USERNAME: sasl && 'username' in sasl ? sasl.username : '',
    TARGET_KAFKA_PASSWORD: sasl && 'password' in sasl ? sasl.password : '',
    TARGET_KAFKA_CA: ca,
    GROUPS: GROUP,
    SYNC_CONSUMER_OFFSETS: 'true',
    LOG_LEVEL: 'WARN',
  })
}

/** Runs the deployed handler in this process, called by an event source mapping as on AWS Lambda. */
async function startFunction(source: KafkaBroker): Promise<Poller> {
  const { handler } = await import('../functions/replicate.ts')
  const log = { info() {}, notice() {}, warning: console.warn, error: console.error }
  const poller = new Poller({
    connection: source.connections.plaintext,
    onLag() {},
    log,
    invoke: async payload => handler(JSON.parse(payload.toString()), invocation(30_000)),
    mapping: {
      functionKey: 'replicate',
      functionName: 'replicate',
      eventSource: 'SelfManagedKafka',
      bootstrapServers: source.connections.plaintext.brokers,
      topic: TOPIC,
      consumerGroupId: 'replicate-orders',
      batchSize: 500,
      batchingWindowMs: 200,
      ...undeclaredRules,
    },
  })
  await step('trigger and function', () => poller.start())
  return poller
}

function invocation(timeoutMs: number) {
  const end = Date.now() + timeoutMs
  const context = { functionName: 'replicate', awsRequestId: 'demo', getRemainingTimeInMillis: () => end - Date.now() }
  return context as unknown as Context
}

/** Reads a topic from its beginning until a number of records has arrived; those of a partition are in order. */
async function readTopic(connection: KafkaSettings, topic: string, count: number): Promise<KafkaRecord[]> {
  await untilTopicExists(connection, topic)
  const kafka = new Kafka({ ...kafkajsConfig(connection), clientId: 'demo', logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: 'demo-reader', metadataMaxAge: 500 })
  const records: KafkaRecord[] = []
  const complete = Promise.withResolvers<void>()
  const tooLong = setTimeout(
    () => complete.reject(new Error(`Only ${records.length} records arrived within ${DELIVERY_TIMEOUT_MS / 1000} s`)),
    DELIVERY_TIMEOUT_MS,
  )
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        records.push(recordOf(topic, partition, message))
        if (records.length === count) complete.resolve()
      },
    })
    await complete.promise
  } finally {
    clearTimeout(tooLong)
    await consumer.disconnect()
  }
  return records
}

/** The function creates the topic with its first batch. */
async function untilTopicExists(connection: KafkaSettings, topic: string): Promise<void> {
  const admin = new Kafka({ ...kafkajsConfig(connection), clientId: 'demo', logLevel: logLevel.NOTHING }).admin()
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS
  await admin.connect()
  try {
    while (!(await admin.listTopics()).includes(topic)) {
      if (Date.now() > deadline)
        throw new Error(`The topic ${topic} does not exist after ${DELIVERY_TIMEOUT_MS / 1000} s`)
      await sleep(100)
    }
  } finally {
    await admin.disconnect()
  }
}

async function countOf(connection: KafkaSettings, topic: string): Promise<number> {
  const admin = new Kafka({ ...kafkajsConfig(connection), clientId: 'demo', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0)
  } finally {
    await admin.disconnect()
  }
}

function recordOf(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const headers = consumedHeaders(message.headers)
  const { key, value } = message
  return { topic, partition, offset: Number(message.offset), timestamp: Number(message.timestamp), key, value, headers }
}

function printRecords(records: KafkaRecord[]) {
  console.log(`\n${styleText('bold', `First records of ${REMOTE_TOPIC}`)}`)
  for (const { partition, offset, key, value, headers } of records.slice(0, 3)) {
    const names = headers.map(header => header.key).join(', ')
    console.log(`  ${partition}:${offset}  ${key}  ${String(value).slice(0, 120)}  [${names}]`)
  }
}

/** The differences between the partitions of the source and those of the target. */
function compare(produced: KafkaRecord[], replicated: KafkaRecord[]): string[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => {
    const [expected, found] = [produced, replicated].map(list => list.filter(record => record.partition === partition))
    return (expected ?? []).flatMap((record, index) => {
      const actual = found?.[index]
      const isSame = actual && isDeepStrictEqual({ ...actual, topic: TOPIC, offset: record.offset }, record)
      return isSame ? [] : [`partition ${partition}, record ${index} differs from the produced record`]
    })
  }).flat()
}
