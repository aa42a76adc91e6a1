import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createInvoker } from '../../lib/offline/api/invocation.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { parseStagedKey } from '../../lib/staging/name.ts'
import { openBucket } from '../../local/bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const PATIENCE_MS = 60_000
const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'

const { plaintext } = stack.connections
const printed: string[] = []
let folder: string
let bucket: ObjectStore
let topic: string
let service: OfflineService
let invoker: ReturnType<typeof createInvoker>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-rotation-'))
  const settings = { ...stack.store, bucket: uniqueName('rotation'), forcePathStyle: true }
  bucket = await openBucket(settings)
  topic = await createTopic('orders')
  const file = join(folder, 'connectors.json')
  const to = { bucket: 'lake', prefix: 'lake', format: 'jsonl', compression: 'none', rotate: { flushSize: 20 } }
  const source = { msk: MSK, topics: [topic], auth: { iam: true } }
  await writeFile(file, JSON.stringify({ orders: { type: 'dump', source, batch: { size: 10, windowSeconds: 0 }, to } }))
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
})

afterAll(async () => {
  invoker?.close()
  await service?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Names of what is staged, once it has this many records. */
async function stagedRecords(count: number) {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const keys = await Array.fromAsync(bucket.list('lake/_staging/'), ({ key }) => key)
    const names = keys.flatMap(key => parseStagedKey('lake', key) ?? [])
    expect(names).toHaveLength(keys.length)
    if (names.reduce((sum, { records }) => sum + records, 0) === count) return names
    if (Date.now() > deadline) throw new Error(`Not staged:\n${keys.join('\n')}\n${printed.slice(-30).join('\n')}`)
    await sleep(100)
  }
}

const compact = () => invoker.invoke('kafka-connectors-dev-orders-compact', Buffer.from('{}'))

/** The offsets of each object that readers see. */
async function objects(): Promise<Record<string, number[]>> {
  const keys = await Array.fromAsync(bucket.list(`lake/${topic}/`), ({ key }) => key)
  const offsetsOf = async (key: string) => {
    const lines = (await bucket.get(key)).toString().split('\n').slice(0, -1)
    return lines.map(line => JSON.parse(line).offset as number)
  }
  return Object.fromEntries(await Promise.all(keys.map(async key => [key, await offsetsOf(key)])))
}

test('a connector with rotation makes objects of the asked-for size, and what is left waits for more', async () => {
  for (const some of [0, 10, 20, 30]) await produce(plaintext, topic, orders(40).slice(some, some + 10))
  await produce(plaintext, topic, orders(5))
  const staged = await stagedRecords(45)
  expect(staged.length).toBeGreaterThanOrEqual(5)
  await expect(objects()).resolves.toEqual({})

  await expect(compact()).resolves.toMatchObject({ units: 1, objects: 2, left: 0 })
  const made = Object.values(await objects())
  for (const offsets of made) {
    expect(offsets.length).toBeGreaterThanOrEqual(20)
    expect(offsets.length).toBeLessThan(30)
  }
  const count = made.flat().length
  expect(made.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, offset) => offset))
  const waiting = await stagedRecords(45 - count)
  expect(waiting.every(({ firstOffset }) => firstOffset >= count)).toBe(true)
})

test('what waited is in the next object, once', async () => {
  await produce(plaintext, topic, orders(20))
  const before = Object.values(await objects()).flat().length
  await stagedRecords(65 - before)
  await expect(compact()).resolves.toMatchObject({ objects: 1 })
  const offsets = Object.values(await objects()).flat()
  expect(new Set(offsets).size).toBe(offsets.length)
  expect(offsets.length).toBeGreaterThan(before)
})

test('its log tells what was made and why', () => {
  expect(printed).toContainEqual(expect.stringMatching(/"message":"Object committed".*"reason":"flushSize"/))
})
