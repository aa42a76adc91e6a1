import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

const PATIENCE_MS = 90_000
const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'

const { plaintext } = stack.connections
const target = stack.target.plaintext
const shop = uniqueName('shop')
const topics = { payments: uniqueName('payments'), orders: `${shop}.orders`, failed: `${shop}.failed` }
const shared = uniqueName('shared')
const printed: string[] = []
let folder: string
let bucket: ObjectStore
let service: OfflineService

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-connectors-'))
  const settings = { ...stack.store, bucket: uniqueName('connectors'), forcePathStyle: true }
  bucket = await openBucket(settings)
  await createTopics(plaintext, Object.fromEntries(Object.values(topics).map(topic => [topic, 1])))
  for (const topic of Object.values(topics)) await produce(plaintext, topic, orders(10))
  // They exist before their first record, so that a reader can wait for it.
  await createTopics(target, { [`europe.${topics.payments}`]: 1, [shared]: 1 })
  await createTopics(plaintext, { [shared]: 1 })
  const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'
  service = await startConnectors(
    {
      payments: {
        type: 'dump',
        source: { msk: MSK, topics: [topics.payments], auth: { iam: true } },
        batch: { size: 100, windowSeconds: 0 },
        to: { createBucket: true, prefix: 'paid', compression: 'none' },
      },
      shop: {
        type: 'dump',
        source: {
          bootstrapServers: ['kafka.internal:9096'],
          pattern: `${shop}\\..*`,
          auth: { scram512: secret },
        },
        batch: { size: 100, windowSeconds: 0 },
        to: {
          bucket: 'my-company-lake',
          prefix: 'shop',
          partitioner: 'daily',
          endpoint: 'https://s3.example.com',
          accessKeyId: 'id',
          secretAccessKey: 'secret',
        },
        deadLetter: topics.failed,
      },
      off: {
        type: 'dump',
        source: { msk: MSK, topics: [topics.payments], auth: { iam: true } },
        to: { bucket: 'my-company-lake', prefix: 'off' },
        enabled: false,
      },
      atlantic: {
        type: 'replicate',
        source: {
          alias: 'europe',
          bootstrapServers: ['kafka.europe:9096'],
          topics: [topics.payments],
          auth: { scram512: secret },
        },
        to: { alias: 'america', bootstrapServers: ['kafka.america:9096'], auth: { scram512: secret } },
      },
      round: {
        type: 'replicate',
        direction: 'both',
        source: {
          alias: 'europe',
          bootstrapServers: ['kafka.europe:9096'],
          topics: [shared],
          auth: { scram512: secret },
        },
        to: {
          alias: 'america',
          bootstrapServers: ['kafka.america:9096'],
          auth: { scram512: secret },
          policy: 'identity',
        },
      },
    },
    { ...storeEnvironment(settings), TARGET_KAFKA_BROKERS: target.brokers.join() },
  )
})

afterAll(async () => {
  await service?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function startConnectors(declared: object, places: Record<string, string>): Promise<OfflineService> {
  const file = join(folder, 'connectors.json')
  await writeFile(file, JSON.stringify(declared))
  const [httpPort, lambdaPort] = await freePorts(2)
  const environment = {
    ...places,
    CONNECTORS: file,
    KAFKA_BROKERS: plaintext.brokers.join(),
    OFFLINE_HTTP_PORT: `${httpPort}`,
    OFFLINE_LAMBDA_PORT: `${lambdaPort}`,
  }
  const onLine = (line: string) => void printed.push(line)
  return startOffline({ config: 'serverless.connectors.yml', environment, onLine })
}

async function keysBelow(prefix: string): Promise<string[]> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const objects = await Array.fromAsync(bucket.list(`${prefix}/`))
    if (objects.length > 0) return objects.map(({ key }) => key)
    if (Date.now() > deadline) throw new Error(`Nothing below ${prefix}:\n${printed.slice(-30).join('\n')}`)
    await sleep(100)
  }
}

test('a declared connector runs on a laptop, with the local cluster and store in place of its own', async () => {
  const place = `${topics.payments}/partition=0/${topics.payments}+0`
  await expect(keysBelow('paid')).resolves.toEqual([`paid/${place}+0000000000-0000000009.json`])
})

test('a pattern matches the topics of the local cluster, except the connector’s own dead letters', async () => {
  const [key] = await keysBelow('shop')
  expect(key).toMatch(new RegExp(`^shop/${topics.orders}/year=2026/month=01/day=01/`))
  expect(printed.filter(line => line.includes(topics.failed))).toEqual([])
})

test('a declared replication writes to the local target in place of its own', async () => {
  const records = await readTopic(target, `europe.${topics.payments}`, 10)
  expect(records.map(({ value }) => value)).toEqual(orders(10).map(({ value }) => value))
})

// Both directions read the first cluster and wrote to the second: each record was written twice, and none came back.
test('a replication in both directions reads each cluster and writes to the other', async () => {
  const [here, there] = [orders(10).slice(0, 5), orders(10).slice(5)]
  await produce(plaintext, shared, here)
  await produce(target, shared, there)
  for (const cluster of [plaintext, target]) {
    const records = await readTopic(cluster, shared, 10)
    expect(records.map(({ value }) => value).toSorted()).toEqual(
      [...here, ...there].map(({ value }) => value).toSorted(),
    )
  }
})

test('a disabled connector is listed and reads nothing', async () => {
  expect(printed).toContainEqual(expect.stringContaining(`${topics.payments} → off  disabled`))
  await expect(Array.fromAsync(bucket.list('off/'))).resolves.toEqual([])
})
