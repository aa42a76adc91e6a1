import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLambdaClient } from '../../lib/lambda/client.ts'
import { createFunctions } from '../../lib/lambda/functions.ts'
import { createInvoker } from '../../lib/offline/api/invocation.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { parseStagedKey } from '../../lib/staging/name.ts'
import { openBucket } from '../../local/bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { until } from '../support/offline-polling.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const PATIENCE_MS = 60_000
const BATCH_SIZE = 10
const FLUSH_SIZE = 20
const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'

const { plaintext } = stack.connections
const printed: string[] = []
let folder: string
let bucket: ObjectStore
let topic: string
let keyedTopic: string
let service: OfflineService
let invoker: ReturnType<typeof createInvoker>
let endpoint: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-rotation-'))
  const settings = { ...stack.store, bucket: uniqueName('rotation'), forcePathStyle: true }
  bucket = await openBucket(settings)
  topic = await createTopic('orders')
  keyedTopic = await createTopic('customers')
  const file = join(folder, 'connectors.json')
  const to = { bucket: 'lake', format: 'jsonl', compression: 'none' }
  const connector = (name: string, more: object) => ({
    type: 'dump',
    source: { msk: MSK, topics: [name], auth: { iam: true } },
    batch: { size: BATCH_SIZE, windowSeconds: 0 },
    to: { ...to, ...more },
  })
  const connectors = {
    orders: connector(topic, { prefix: 'lake', rotate: { flushSize: FLUSH_SIZE } }),
    customers: connector(keyedTopic, { prefix: 'latest', rotate: { flushSize: 10 }, keepLatest: true }),
  }
  await writeFile(file, JSON.stringify(connectors))
  const [httpPort, lambdaPort = 0] = await freePorts(2)
  const environment = {
    ...storeEnvironment(settings),
    CONNECTORS: file,
    KAFKA_BROKERS: plaintext.brokers.join(),
    OFFLINE_HTTP_PORT: `${httpPort}`,
    OFFLINE_LAMBDA_PORT: `${lambdaPort}`,
  }
  const onLine = (line: string) => void printed.push(line)
  service = await startOffline({ config: 'serverless.connectors.yml', environment, onLine })
  invoker = createInvoker({ host: 'localhost', port: lambdaPort })
  endpoint = `http://localhost:${lambdaPort}`
})

afterAll(async () => {
  invoker?.close()
  await service?.stop()
  await rm(folder, { recursive: true, force: true })
})

const compact = (name = 'orders') => invoker.invoke(`kafka-connectors-dev-${name}-compact`, Buffer.from('{}'))

interface Line {
  offset: number
  key: string
}

/** The records of each object that readers see. */
async function linesBelow(folder: string): Promise<Line[][]> {
  const keys = await Array.fromAsync(bucket.list(folder), ({ key }) => key)
  const linesOf = async (key: string) => (await bucket.get(key)).toString().split('\n').slice(0, -1)
  return Promise.all(keys.map(async key => (await linesOf(key)).map(line => JSON.parse(line) as Line)))
}

/** The offsets in each object. */
async function objectsBelow(folder: string): Promise<number[][]> {
  const found = await linesBelow(folder)
  return found.map(lines => lines.map(({ offset }) => offset))
}

/** The offsets that are staged. Names that no batch has, which S3Proxy lists now and then while it writes, are passed over. */
async function stagedOffsets(prefix: string): Promise<number[]> {
  const keys = await Array.fromAsync(bucket.list(`${prefix}/_staging/`), ({ key }) => key)
  const names = keys.flatMap(key => parseStagedKey(prefix, key) ?? [])
  return names.flatMap(({ firstOffset, records }) => Array.from({ length: records }, (_, index) => firstOffset + index))
}

/** Waits until a record is staged. The schedule may compact it before anybody sees that. */
async function arrival(prefix: string, name: string, offset: number): Promise<void> {
  const isThere = async () => {
    const offsets = [...(await stagedOffsets(prefix)), ...(await objectsBelow(`${prefix}/${name}/`)).flat()]
    return offsets.includes(offset)
  }
  await until(isThere, `record ${offset} is staged`, PATIENCE_MS)
}

/** Every offset is in one object, or waits with fewer records than an object is to have. */
async function expectRotated(count: number): Promise<void> {
  const objects = await objectsBelow(`lake/${topic}/`)
  const waiting = await stagedOffsets('lake')
  const all = [...objects.flat(), ...waiting].toSorted((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: count }, (_, offset) => offset))
  expect(waiting.length).toBeLessThan(FLUSH_SIZE)
  for (const { length } of objects) {
    expect(length).toBeGreaterThanOrEqual(FLUSH_SIZE)
    // It is closed with the batch that reaches it.
    expect(length).toBeLessThan(FLUSH_SIZE + BATCH_SIZE)
  }
}

/**
 * Compacts until an expectation is met. The scheduled run may be at work with what was there before, and a run that
 * comes then leaves the rest to the next one. A run that fails is never what is waited for.
 */
async function compactUntil(expected: () => Promise<void>, name?: string): Promise<void> {
  let failure: Error | undefined
  const isMet = async () => {
    failure = await compact(name)
      .then(() => undefined)
      .catch((error: Error) => error)
    if (failure === undefined) await expected()
    return true
  }
  await until(isMet, 'what was staged is compacted', PATIENCE_MS)
  expect(failure).toBeUndefined()
}

test('a connector with rotation makes objects of the asked-for size, and what is left waits for more', async () => {
  for (const some of [0, 10, 20, 30]) await produce(plaintext, topic, orders(40).slice(some, some + 10))
  await produce(plaintext, topic, orders(5))
  await arrival('lake', topic, 44)
  await compactUntil(() => expectRotated(45))
  const line = /"message":"Object committed".*"reason":"flushSize"/
  await until(() => printed.some(text => line.test(text)), 'the reason is logged')
})

test('what waited is in the next object, once', async () => {
  await produce(plaintext, topic, orders(20))
  await arrival('lake', topic, 64)
  await compactUntil(() => expectRotated(65))
})

test('an invocation that nobody waits for does the same: so the function passes on what it has no time for', async () => {
  await produce(plaintext, topic, orders(20))
  await arrival('lake', topic, 84)
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const functions = createFunctions(createLambdaClient({ endpoint, region: 'us-east-1', credentials }))
  const request = { units: [{ topic, partition: 0 }], link: 1 }
  await functions.invokeLater('kafka-connectors-dev-orders-compact', request)
  const isCompacted = async () => (await stagedOffsets('lake')).length < FLUSH_SIZE
  await until(isCompacted, 'what was staged is compacted', PATIENCE_MS)
  // Another run waits until what the one before has begun is deleted.
  await compactUntil(() => expectRotated(85))
})

test('with keepLatest there is the newest record of each key, and no other', async () => {
  const keyed = (name: string) =>
    orders(10).map((order, index) => ({ ...order, key: Buffer.from(`${name}-${index % 5}`) }))
  await produce(plaintext, keyedTopic, keyed('a'))
  await arrival('latest', keyedTopic, 9)
  const expectFirst = async () => {
    const offsets = (await objectsBelow(`latest/${keyedTopic}/`)).flat()
    expect(offsets.toSorted()).toEqual([5, 6, 7, 8, 9])
  }
  await compactUntil(expectFirst, 'customers')

  await produce(plaintext, keyedTopic, [...keyed('a').slice(0, 3), ...keyed('b').slice(0, 7)])
  await arrival('latest', keyedTopic, 19)
  const expectNewest = async () => {
    const lines = (await linesBelow(`latest/${keyedTopic}/`)).flat().toSorted((a, b) => a.offset - b.offset)
    expect(lines.map(({ key, offset }) => `${key} ${offset}`)).toEqual([
      'a-3 8',
      'a-4 9',
      'a-0 10',
      'a-1 11',
      'a-2 12',
      'b-2 15',
      'b-3 16',
      'b-4 17',
      'b-0 18',
      'b-1 19',
    ])
  }
  await compactUntil(expectNewest, 'customers')
})
