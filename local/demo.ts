import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual, styleText } from 'node:util'
import { compressions } from '../lib/formats/compression.ts'
import { json } from '../lib/formats/json.ts'
import { parseObjectKey } from '../lib/objects/key.ts'
import type { KafkaRecord } from '../lib/record.ts'
import type { ListedObject, ObjectStore } from '../lib/s3/store.ts'
import { openBucket } from './bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from './offline-service.ts'
import { orders, produce } from './orders.ts'
import { freePorts } from './ports.ts'
import { terminal } from './progress.ts'
import { type Stack, startStack } from './stack.ts'
import { createTopics } from './topics.ts'

/** From nothing to the end, once: broker, store, records, trigger, function, objects, and the proof that none is missing. */
const RECORDS = 1000
const PREFIX = 'demo'
/** Far above what it takes; reached only when something is broken. */
const DELIVERY_TIMEOUT_MS = 60_000

const start = Date.now()
let stack: Stack | undefined
let service: OfflineService | undefined
try {
  stack = await startStack({ progress: terminal })
  const { connections } = stack.kafka
  const settings = { ...stack.store.address, bucket: 'kafka-demo', forcePathStyle: true }
  const bucket = await openBucket(settings)
  const topic = 'orders'
  await createTopics(connections.plaintext, { [topic]: 3, payments: 1 })
  const produced = await step(`${RECORDS} records into Kafka`, () =>
    produce(connections.plaintext, topic, orders(RECORDS)),
  )
  service = await step('serverless offline', () => startService(stack as Stack, storeEnvironment(settings)))
  const objects = await step('records in the bucket', () => waitForRecords(bucket, produced.length))
  printObjects(objects)
  await printFirstRecords(bucket, objects)
  const faults = await compare(produced, bucket, objects)
  for (const fault of faults.slice(0, 10)) console.error(styleText('red', `✗ ${fault}`))
  if (faults.length > 0)
    throw new Error(`${faults.length} of ${produced.length} records are missing, repeated or changed`)
  console.log(
    `\n${styleText('green', '✓')} Each of the ${produced.length} records is in the bucket exactly once, byte for byte.`,
  )
} finally {
  await service?.stop()
  await stack?.stop()
}
console.log(`Done in ${((Date.now() - start) / 1000).toFixed(1)} s. Everything is stopped and removed.`)

async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  const result = await run()
  terminal.done(name, '', Date.now() - begin)
  return result
}

async function startService({ kafka }: Stack, store: Record<string, string>): Promise<OfflineService> {
  const [httpPort, lambdaPort] = await freePorts(2)
  const ports = { OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  const environment = {
    ...store,
    ...ports,
    KAFKA_BROKERS: kafka.brokers,
    OBJECT_PREFIX: PREFIX,
    INCLUDE_HEADERS: 'true',
  }
  return startOffline({
    environment,
    onLine: line => void (/"level":"(WARN|ERROR)"/.test(line) && console.error(line)),
  })
}

async function waitForRecords(bucket: ObjectStore, count: number): Promise<ListedObject[]> {
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS
  for (;;) {
    const objects = await Array.fromAsync(bucket.list(`${PREFIX}/`))
    if (objects.reduce((sum, { key }) => sum + recordsIn(key), 0) >= count) return objects
    if (Date.now() > deadline) throw new Error(`Only ${objects.length} objects after ${DELIVERY_TIMEOUT_MS / 1000} s`)
    await sleep(100)
  }
}

/** Offsets in an object's name; the demo's topic has no gaps. */
function recordsIn(key: string): number {
  const range = parseObjectKey(key, PREFIX)
  return range ? range.lastOffset - range.firstOffset + 1 : 0
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

/** What is wrong between the records that were produced and those in the bucket: nothing. */
async function compare(produced: KafkaRecord[], bucket: ObjectStore, objects: ListedObject[]): Promise<string[]> {
  const faults: string[] = []
  const missing = new Map(produced.map(record => [placeOf(record), record]))
  for (const { key } of objects) {
    for (const record of json.decode(await compressions.gzip.decompress(await bucket.get(key)))) {
      const expected = missing.get(placeOf(record))
      missing.delete(placeOf(record))
      if (!expected) faults.push(`${placeOf(record)} is there twice, or was never produced`)
      else if (!isDeepStrictEqual(expected, record)) faults.push(`${placeOf(record)} is not what was produced`)
    }
  }
  return [...faults, ...[...missing.keys()].map(place => `${place} is missing`)]
}

function placeOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}-${partition} offset ${offset}`
}
