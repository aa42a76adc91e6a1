import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, styleText } from 'node:util'
import { readDumpSettings } from '../lib/config/dump.ts'
import { compressions } from '../lib/formats/compression.ts'
import { json } from '../lib/formats/json.ts'
import { createObjectKeys } from '../lib/objects/key.ts'
import type { KafkaRecord } from '../lib/record.ts'
import type { ListedObject, ObjectStore } from '../lib/s3/store.ts'
import { openBucket } from './bucket.ts'
import { runCommand } from './command.ts'
import { type OfflineService, startOffline, storeEnvironment } from './offline-service.ts'
import { orders, produce } from './orders.ts'
import { freePorts } from './ports.ts'
import { step, terminal } from './progress.ts'
import { type Stack, startStack } from './stack.ts'
import { createTopics } from './topics.ts'

/** `npm run demo`: broker, store, records, trigger, function, objects, and a comparison that shows that no record is missing. */
const RECORDS = 1000
const TOPIC = 'orders'
const BUCKET = 'kafka-demo'
/** A new prefix for each run, because the store in S3_ENDPOINT may still have the objects of the last run. */
const PREFIX = `demo-${Date.now()}`
const keys = createObjectKeys(readDumpSettings({ S3_BUCKET: BUCKET, OBJECT_PREFIX: PREFIX }).keys)
/** Far longer than needed; reached only when something is broken. */
const DELIVERY_TIMEOUT_MS = 60_000

await runCommand(async () => {
  const start = Date.now()
  await using cleanup = new AsyncDisposableStack()
  const stack = await startStack({ progress: terminal })
  cleanup.defer(() => stack.stop())
  const { connections } = stack.kafka
  const settings = { ...stack.store.address, bucket: BUCKET }
  const bucket = await openBucket(settings)
  await createTopics(connections.plaintext, { [TOPIC]: 3, payments: 1 })
  const produced = await step(`${RECORDS} records into Kafka`, () =>
    produce(connections.plaintext, TOPIC, orders(RECORDS)),
  )
  const service = await step('serverless offline', () => startService(stack, storeEnvironment(settings)))
  cleanup.defer(() => service.stop())
  const objects = await step('records in the bucket', () => waitForRecords(bucket, produced))
  printObjects(objects)
  await printFirstRecords(bucket, objects)
  await verify(produced, bucket, objects)
  await cleanup.disposeAsync()
  console.log(
    `Done in ${((Date.now() - start) / 1000).toFixed(1)} s. All servers are stopped and their data is removed.`,
  )
})

async function startService({ kafka }: Stack, store: Record<string, string>): Promise<OfflineService> {
  const [httpPort, lambdaPort] = await freePorts(2)
  const ports = { OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  const environment = {
    ...store,
    ...ports,
    KAFKA_BROKERS: kafka.brokers,
    OBJECT_PREFIX: PREFIX,
    // The demo reads this format back, whatever the environment says.
    FORMAT: 'json',
    COMPRESSION: 'gzip',
    INCLUDE_HEADERS: 'true',
  }
  return startOffline({
    environment,
    onLine: line => void (/"level":"(WARN|ERROR)"/.test(line) && console.error(line)),
  })
}

async function waitForRecords(bucket: ObjectStore, produced: KafkaRecord[]): Promise<ListedObject[]> {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS
  for (;;) {
    const objects = await Array.fromAsync(bucket.list(`${PREFIX}/`))
    const ranges = objects.flatMap(({ key }) => keys.parse(key) ?? [])
    const isWritten = ({ topic, partition, offset }: KafkaRecord) =>
      ranges.some(
        range =>
          range.topic === topic &&
          range.partition === partition &&
          range.firstOffset <= offset &&
          offset <= range.lastOffset,
      )
    if (produced.every(isWritten)) return objects
    if (Date.now() > deadline)
      throw new Error(
        `Records are still missing in the bucket after ${DELIVERY_TIMEOUT_MS / 1000} s (${objects.length} objects)`,
      )
    await sleep(100)
  }
}

function printObjects(objects: ListedObject[]) {
  console.log(`\n${styleText('bold', 'Objects')}`)
  for (const { key, size } of objects) console.log(`  ${String(size).padStart(7)} bytes  ${key}`)
}

async function printFirstRecords(bucket: ObjectStore, [first]: ListedObject[]) {
  console.log(`\n${styleText('bold', `First records of ${first?.key}`)}`)
  const text = (await compressions.gzip.decompress(await bucket.get(first?.key ?? ''))).toString()
  for (const record of (JSON.parse(text) as unknown[]).slice(0, 3))
    console.log(`  ${JSON.stringify(record).slice(0, 300)}`)
}

/** @throws when a record is missing, repeated or changed */
async function verify(produced: KafkaRecord[], bucket: ObjectStore, objects: ListedObject[]) {
  const faults = await compare(produced, bucket, objects)
  for (const fault of faults.slice(0, 10)) console.error(styleText('red', `✗ ${fault}`))
  const count = produced.length
  if (faults.length > 0) throw new Error(`${faults.length} of ${count} records are missing, repeated or changed`)
  console.log(`\n${styleText('green', '✓')} Each of the ${count} records is in the bucket exactly once, byte for byte.`)
}

/** The differences between the produced records and those in the bucket. Ignores records of other producers. */
async function compare(produced: KafkaRecord[], bucket: ObjectStore, objects: ListedObject[]): Promise<string[]> {
  const faults: string[] = []
  const expected = new Map(produced.map(record => [positionOf(record), record]))
  const found = new Set<string>()
  for (const { key } of objects) {
    for (const record of await json.decode(await compressions.gzip.decompress(await bucket.get(key)))) {
      const place = positionOf(record)
      if (!expected.has(place)) continue
      if (found.has(place)) faults.push(`${place} is in the bucket twice`)
      else if (!isDeepStrictEqual(expected.get(place), record)) faults.push(`${place} differs from the produced record`)
      found.add(place)
    }
  }
  const missing = [...expected.keys()].filter(place => !found.has(place))
  return [...faults, ...missing.map(place => `${place} is missing`)]
}

function positionOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}-${partition} offset ${offset}`
}
