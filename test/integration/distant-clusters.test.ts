import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { LIST_OFFSETS, type LossyProxy, PRODUCE, startLossyProxy } from '../support/lossy-proxy.ts'
import { Cluster, type KafkaEvent } from '../support/offline-polling.ts'
import { stack, uniqueName } from '../support/stack.ts'

const PARTITIONS = 100

/** A round trip to another continent; long compared with what a busy machine needs between two partitions. */
const ROUND_TRIP_MS = 300

const a = new Cluster()
const b = new Cluster(stack.target.plaintext)
const alias = uniqueName('far')
let proxy: LossyProxy
let function_: FunctionProcess

beforeAll(() => Promise.all([a.open(), b.open()]))

afterEach(async () => {
  await function_.stop()
  await proxy.stop()
})

afterAll(() => Promise.all([a.close(), b.close()]))

/** The function with one of the clusters far away. */
async function start(far: 'SOURCE' | 'TARGET', environment: Record<string, string> = {}) {
  const connection = far === 'SOURCE' ? a.connection : stack.target.plaintext
  proxy = await startLossyProxy(connection.brokers[0] as string)
  proxy.delayMs = ROUND_TRIP_MS
  function_ = new FunctionProcess(functionFile('replicate'), {
    AWS_LAMBDA_FUNCTION_NAME: 'replicate',
    SOURCE_ALIAS: alias,
    TARGET_ALIAS: uniqueName('b'),
    FAILURE_POLICY: 'fail',
    ...clusterEnvironment('SOURCE', a.connection),
    ...clusterEnvironment('TARGET', stack.target.plaintext),
    ...clusterEnvironment(far, { ...connection, brokers: proxy.brokers }),
    ...environment,
  })
}

function eventOf(topic: string, offset: number): KafkaEvent {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  const record = { topic, offset, timestamp: Date.now(), value: Buffer.from('value').toString('base64') }
  const records = Object.fromEntries(partitions.map(partition => [`${topic}-${partition}`, [{ ...record, partition }]]))
  return { eventSource: 'SelfManagedKafka', bootstrapServers: '', records }
}

async function createPair(): Promise<string> {
  const topic = await a.createTopic(PARTITIONS)
  await b.createTopic(PARTITIONS, `${alias}.${topic}`)
  return topic
}

// 1,200 partitions took 1,200 round trips to the cluster of the offset topics: longer than an invocation may take.
test('the offsets of partitions that are written at the same time share requests to a distant cluster', async () => {
  const topic = await createPair()
  await start('SOURCE')
  await expect(function_.invoke(eventOf(topic, 0), 60_000)).resolves.toEqual({})
  expect(await b.count(`${alias}.${topic}`)).toBe(PARTITIONS)
  // Alone, each partition would take a request for either topic.
  expect(proxy.requests.get(PRODUCE)).toBeLessThan(PARTITIONS)
})

// An instance that starts takes over all of its partitions, and each one read what is on the target, one after the other.
test('exactly once, partitions that are taken over at the same time share readings of what is on the target', async () => {
  const topic = await createPair()
  await start('TARGET', { EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' })
  await expect(function_.invoke(eventOf(topic, 0), 60_000)).resolves.toEqual({})
  // Each reading asks for the beginning and the end.
  expect(proxy.requests.get(LIST_OFFSETS)).toBeLessThan(PARTITIONS)
  await expect(function_.invoke(eventOf(topic, 0), 60_000)).resolves.toEqual({})
  expect((await b.ends(`${alias}.${topic}`)).every(end => end === 2)).toBe(true)
})
