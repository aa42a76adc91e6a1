import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { offsetMapTopic } from '../../lib/replication/offsets/offset-sync.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, type Outcome } from '../support/function-process.ts'
import { readInGroup } from '../support/group-reader.ts'
import { Cluster, type KafkaEvent } from '../support/offline-polling.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'

const replicateFile = new URL('../../functions/replicate.ts', import.meta.url).pathname
const syncOffsetsFile = new URL('../../functions/sync-offsets.ts', import.meta.url).pathname

/** Some seconds pass before a topic that does not exist counts as deleted. */
const DELETED_MS = 60_000

/** Names this file's offset maps on the target, which its tests delete. */
const alias = uniqueName('a')

const a = new Cluster()
const b = new Cluster(stack.target.plaintext)
let functions: FunctionProcess[] = []

beforeAll(() => Promise.all([a.open(), b.open()]))

afterEach(async () => {
  await Promise.all(functions.map(function_ => function_.kill()))
  functions = []
})

afterAll(() => Promise.all([a.close(), b.close()]))

/** One instance of the function, from A to B. */
function start(environment: Record<string, string> = {}, file = replicateFile): FunctionProcess {
  const function_ = new FunctionProcess(file, {
    AWS_LAMBDA_FUNCTION_NAME: 'replicate',
    SOURCE_ALIAS: alias,
    TARGET_ALIAS: 'b',
    EXACTLY_ONCE: 'true',
    OFFSET_SYNCS_LOCATION: 'target',
    FAILURE_POLICY: 'fail',
    ...clusterEnvironment('SOURCE', stack.connections.plaintext),
    ...clusterEnvironment('TARGET', stack.target.plaintext),
    ...environment,
  })
  functions.push(function_)
  return function_
}

/** An event with the records of these offsets; the value says which one it is. */
function eventOf(topic: string, partition: number, offsets: number[]): KafkaEvent {
  const records = offsets.map(offset => ({
    topic,
    partition,
    offset,
    // The target's retention would delete older records in the middle of a test.
    timestamp: Date.now(),
    value: Buffer.from(`${partition}/${offset}`).toString('base64'),
  }))
  return { eventSource: 'SelfManagedKafka', bootstrapServers: '', records: { [`${topic}-${partition}`]: records } }
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** What the target holds for readers of committed records: the source offsets, by partition, in order. */
async function replicated(topic: string): Promise<Record<number, number[]>> {
  const found: Record<number, number[]> = {}
  for (const { partition, value } of await recordsOfJava(stack.target.plaintext.brokers, `${alias}.${topic}`)) {
    const [source, offset] = String(value).split('/').map(Number)
    expect(source).toBe(partition)
    found[partition] = [...(found[partition] ?? []), offset as number]
  }
  return found
}

const succeed = async (outcome: Promise<Outcome>) => expect(await outcome).toEqual({})

test('a batch that is delivered again, whole or with other bounds, to the same instance or another one, is written once', async () => {
  const topic = await a.createTopic(1)
  const [first, second] = [start(), start()]
  await succeed(first.invoke(eventOf(topic, 0, range(0, 100))))
  await succeed(first.invoke(eventOf(topic, 0, range(0, 100))))
  await succeed(second.invoke(eventOf(topic, 0, range(50, 150))))
  await succeed(first.invoke(eventOf(topic, 0, range(120, 200))))
  await succeed(start().invoke(eventOf(topic, 0, range(0, 210))))
  expect(await replicated(topic)).toEqual({ 0: range(0, 210) })
  expect(await second.stop()).toContain('"reason":"already on the target"')
})

test('older records are not taken for replicated because newer ones are', async () => {
  const topic = await a.createTopic(1)
  await succeed(start().invoke(eventOf(topic, 0, range(500, 510))))
  await succeed(start().invoke(eventOf(topic, 0, range(0, 10))))
  await succeed(start().invoke(eventOf(topic, 0, range(0, 510))))
  expect(await replicated(topic)).toEqual({ 0: [...range(500, 510), ...range(0, 500)] })
})

test('a topic that was deleted and created again is a new topic: none of its records are left out', async () => {
  const topic = await a.createTopic(1)
  const [warm, admin] = [start(), createAdmin(stack.connections.plaintext, 'test')]
  await succeed(warm.invoke(eventOf(topic, 0, range(0, 20))))
  await a.deleteTopic(topic)
  await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: {} })
  await succeed(warm.invoke(eventOf(topic, 0, range(0, 15))))
  await succeed(start().invoke(eventOf(topic, 0, range(10, 20))))
  expect(await replicated(topic)).toEqual({ 0: [...range(0, 20), ...range(0, 20)] })
})

// A batch of the new topic that overlapped nothing was recorded under the old topic's id. Delivered again, it did overlap, was
// looked up under the new id, and was written twice.
test('a topic that was created again starts from nothing, wherever the old one began; records from before its deletion belong to the old one', async () => {
  const topic = await a.createTopic(1)
  const [warm, admin] = [start(), createAdmin(stack.connections.plaintext, 'test')]
  await succeed(warm.invoke(eventOf(topic, 0, range(5_000, 5_010))))
  await a.deleteTopic(topic)
  await succeed(warm.invoke(eventOf(topic, 0, range(5_010, 5_020)), DELETED_MS))
  await admin.createTopic({ topic, partitions: 1, replicas: 1, settings: {} })
  await succeed(warm.invoke(eventOf(topic, 0, range(0, 10))))
  await succeed(warm.invoke(eventOf(topic, 0, range(0, 10))))
  await succeed(start().invoke(eventOf(topic, 0, range(5, 15))))
  expect(await replicated(topic)).toEqual({ 0: [...range(5_000, 5_020), ...range(0, 15)] })
})

// An instance remembers what it has replicated, and that the topics exist: records that had to be written again were left
// out, and no later batch was written.
test('topics that are deleted under warm instances: without the offset maps everything is written again, without the target topic the rest', async () => {
  const topic = await a.createTopic(1)
  const [first, second] = [start(), start()]
  await succeed(first.invoke(eventOf(topic, 0, range(0, 10))))
  // The trigger continues, and is set back later.
  for (const deleted of [`${alias}.${topic}`, offsetMapTopic(alias)]) await b.deleteTopic(deleted)
  await succeed(first.invoke(eventOf(topic, 0, range(10, 20)), DELETED_MS))
  expect(await replicated(topic)).toEqual({ 0: range(10, 20) })
  await succeed(second.invoke(eventOf(topic, 0, range(0, 20))))
  const written = [...range(10, 20), ...range(0, 10)]
  expect(await replicated(topic)).toEqual({ 0: written })
  // The trigger is set back at once.
  await b.deleteTopic(offsetMapTopic(alias))
  await succeed(second.invoke(eventOf(topic, 0, range(0, 20)), DELETED_MS))
  await succeed(start().invoke(eventOf(topic, 0, range(0, 20))))
  expect(await replicated(topic)).toEqual({ 0: [...written, ...range(0, 20)] })
})

// Kafka's own read_committed stops before the first open transaction, which lasts a minute after its producer was killed.
test('an open transaction of another partition delays no batch and hides no record', async () => {
  const topic = await a.createTopic(1)
  await succeed(start().invoke(eventOf(topic, 0, range(0, 10))))
  const transactions = createTransactions(stack.target.plaintext, { clientId: 'test' })
  await transactions.transaction(uniqueName('stranger'), Date.now() + 60_000, async ({ send }) => {
    await send(offsetMapTopic(alias), [{ key: Buffer.from('stranger'), value: null, headers: [], timestamp: -1 }])
    await succeed(start().invoke(eventOf(topic, 0, range(5, 20))))
    await succeed(start().invoke(eventOf(topic, 0, range(0, 30))))
  })
  await transactions.close()
  expect(await replicated(topic)).toEqual({ 0: range(0, 30) })
})

test('a group resumes where it stopped, transactions or not', async () => {
  const [topic, group] = [await a.createTopic(1), uniqueName('shop')]
  const values = range(0, 300).map(offset => `0/${offset}`)
  await a.produce(topic, 0, values)
  for (const [from, to] of [
    [0, 100],
    [100, 130],
    [130, 300],
  ] as const)
    await succeed(start().invoke(eventOf(topic, 0, range(from, to))))
  await readInGroup(stack.connections.plaintext, group, topic, [150])
  const translating = start({ GROUPS: group, SYNC_CONSUMER_OFFSETS: 'true' }, syncOffsetsFile)
  expect((await translating.invoke({})).response).toMatchObject({ groups: 1, positionsSet: 1, untranslated: 0 })
  const rest = await readInGroup(stack.target.plaintext, group, `${alias}.${topic}`, [150])
  expect(rest.flat().map(({ value }) => String(value))).toEqual(values.slice(150))
})

/** What can happen to one delivery of a batch by a trigger. */
const deliveries = fc.array(
  fc.record({
    partition: fc.nat({ max: 1 }),
    instance: fc.nat({ max: 2 }),
    records: fc.integer({ min: 1, max: 400 }),
    /** How far before the committed offset the batch starts. */
    again: fc.constantFrom(0, 0, 7, 300),
    fate: fc.oneof(
      { weight: 3, arbitrary: fc.constant('awaited' as const) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 250 }).map(killAfterMs => ({ killAfterMs })) },
      { weight: 2, arbitrary: fc.constant('given up' as const) },
    ),
  }),
  { minLength: 24, maxLength: 24 },
)

test('each source offset is written once, whenever invocations are killed or given up, and batches repeated and divided differently', async () => {
  const run = fc.asyncProperty(deliveries, async schedule => {
    const topic = await a.createTopic(2, uniqueName('chaos'))
    const instances = [start(), start(), start()]
    const committed = [0, 0]
    const [zombies, highest]: [Promise<unknown>[], number[]] = [[], [0, 0]]
    for (const { partition, instance, records, again, fate } of schedule) {
      const position = committed[partition] as number
      const end = position + records
      highest[partition] = Math.max(highest[partition] as number, end)
      const function_ = instances[instance] as FunctionProcess
      const outcome = function_.invoke(eventOf(topic, partition, range(Math.max(0, position - again), end)))
      if (fate === 'awaited') {
        // An error commits nothing: the trigger delivers the batch again.
        if (!(await outcome).error) committed[partition] = end
      } else if (fate === 'given up') {
        zombies.push(outcome)
        instances[instance] = start()
      } else {
        await sleep(fate.killAfterMs)
        await function_.kill()
        instances[instance] = start()
      }
    }
    await Promise.all(zombies)
    for (const partition of [0, 1]) {
      const rest = eventOf(topic, partition, range(committed[partition] as number, highest[partition] as number))
      await succeed(start().invoke(rest))
    }
    expect(await replicated(topic)).toEqual(Object.fromEntries(highest.map((end, index) => [index, range(0, end)])))
  })
  await fc.assert(run, { numRuns: Number(process.env.DELIVERIES ?? 1), endOnFailure: true })
})
