import { openBucket } from '../../local/bucket.ts'
import { ManyClients } from '../support/many-clients.ts'
import { type ProcessResources, resourcesOf } from '../support/process-resources.ts'
import { ServerProcess } from '../support/server-process.ts'
import { stack, uniqueName } from '../support/stack.ts'

/** Connections at the same time. `CONNECTIONS=10000` shows what they take. */
const CONNECTIONS = Number(process.env.CONNECTIONS ?? 1_500)
/** How many the server has room for. */
const ROOM = 1_000
/** Descriptors of connections to the store, which stay open. */
const TO_STORE = 8

/** The heap of a small container; V8 takes more where it sees more memory, and frees it later. */
const MEMORY = { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=64' }
/**
 * What all connections may take beside what the server has before: 35 to 70 MB, as V8 collects, and more where it gets to that
 * late. A server that sets memory aside for what senders announce takes gigabytes.
 */
const MOST_MB = 220

let server: ServerProcess
let clients: ManyClients
let before: ProcessResources
const measured: Record<string, object> = {}

beforeEach(async () => {
  const bucket = uniqueName('connections')
  await openBucket({ ...stack.store, bucket })
  const { endpoint = '', credentials } = stack.store
  server = await ServerProcess.start({
    FUNCTION: 'dump',
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    ...MEMORY,
  })
  clients = new ManyClients(new URL(server.url).port, CONNECTIONS)
  before = await held('before')
})

afterEach(async () => {
  await clients.end()
  await server.stop()
})

afterAll(() => {
  if (process.env.CONNECTIONS) console.table(measured)
})

async function held(when: string): Promise<ProcessResources> {
  const resources = await resourcesOf(server.pid)
  measured[`${expect.getState().currentTestName}: ${when}`] = resources
  return resources
}

/** Waits until the server has closed what the clients have closed. */
async function heldAtTheEnd(when: string): Promise<ProcessResources> {
  let now = await held(when)
  while (now.descriptors > before.descriptors + TO_STORE) now = await held(when)
  return now
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

// 9,000 of 10,000 connections were closed without a word.
test('of many clients at once, each gets an answer, and nothing of them stays', async () => {
  for (const round of [1, 2]) {
    await clients.all('open')
    expect((await held(`${CONNECTIONS} idle, round ${round}`)).descriptors).toBeLessThan(before.descriptors + 2 * ROOM)
    const answers = await clients.all('send')
    measured[`answers, round ${round}`] = answers
    const { 204: delivered = 0, 503: refused = 0 } = answers
    expect(delivered).toBeGreaterThanOrEqual(Math.min(CONNECTIONS, ROOM))
    expect(sum([delivered, refused])).toBe(CONNECTIONS)
    await clients.all('close')
    await heldAtTheEnd(`closed, round ${round}`)
  }
  expect((await held('at the end')).peakMb).toBeLessThan(before.rssMb + MOST_MB)
}, 120_000)

test('slow senders are ended in time, and the server answers again', async () => {
  await clients.all('open')
  await clients.all('begin')
  const answers = await clients.all('untilClosed')
  measured['answers to slow senders'] = answers
  const { 408: timedOut = 0, 503: refused = 0 } = answers
  expect(timedOut).toBeGreaterThanOrEqual(Math.min(CONNECTIONS, ROOM))
  expect(sum([timedOut, refused])).toBe(CONNECTIONS)
  await heldAtTheEnd('closed')
  expect((await held('at the end')).peakMb).toBeLessThan(before.rssMb + MOST_MB)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
}, 60_000)
