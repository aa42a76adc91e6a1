import { Kafka, logLevel } from 'kafkajs'
import { createAccess } from '../../lib/kafka/admin/access.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createTopicIds } from '../../lib/kafka/admin/topic-id.ts'
import { kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { createRecordSearch } from '../../lib/kafka/read/record-search.ts'
import { createTopicLog } from '../../lib/kafka/read/topic-log.ts'
import { createAndAwait } from '../../local/topics.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { committedOffsets, readInGroup } from '../support/group-reader.ts'
import { logRecords } from '../support/log-records.ts'
import { Cluster, placesOf, until } from '../support/offline-polling.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { startThreeBrokers, type ThreeBrokers } from '../support/three-brokers.ts'

const PARTITIONS = 6
const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)

/** A is the shared broker, B the cluster whose brokers fail over to each other. */
const a = new Cluster()
let brokers: ThreeBrokers
let b: Cluster

beforeAll(async () => {
  brokers = await startThreeBrokers()
  b = new Cluster(brokers.connection)
  await Promise.all([a.open(), b.open()])
})

afterAll(async () => {
  await Promise.all([a.close(), b.close()])
  await brokers.stop()
})

function start(name: string, environment: Record<string, string> = {}): FunctionProcess {
  return new FunctionProcess(functionFile(name), {
    AWS_LAMBDA_FUNCTION_NAME: name,
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    FAILURE_POLICY: 'fail',
    ...clusterEnvironment('SOURCE', stack.connections.plaintext),
    ...clusterEnvironment('TARGET', brokers.connection),
    ...environment,
  })
}

const valuesOf = (records: { partition: number; value: Buffer | null }[], partition: number) =>
  records.flatMap(record => (record.partition === partition ? String(record.value) : []))

/** Repeats some work until all brokers have been restarted. */
async function throughout(restart: Promise<void>, work: () => Promise<unknown>): Promise<void> {
  let over = false
  const restarted = restart.finally(() => {
    over = true
  })
  while (!over) await work()
  await restarted
}

test.each([
  ['are restarted', 'restart'],
  ['crash', 'crash'],
] as const)(
  'when the target’s brokers %s in turn, nothing is lost or out of order, exactly once means it, and offsets follow',
  async (_, how) => {
    const topic = await a.createTopic(PARTITIONS)
    const group = uniqueName('billing')
    const once = { SOURCE_ALIAS: 'once', EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' }
    const following = start('sync-offsets', { ...once, GROUPS: group, SYNC_CONSUMER_OFFSETS: 'true' })
    const pollings = [start('replicate'), start('replicate', once)].map(function_ =>
      a.poll(topic, event => function_.respond(event, 25_000)),
    )
    let produced = 0
    const produce = async () => {
      const values = Array.from({ length: 20 }, (_, index) => `${produced + index}`)
      await Promise.all(partitions.map(partition => a.produce(topic, partition, values)))
      produced += values.length
    }
    await produce()
    await readInGroup(stack.connections.plaintext, group, topic, Array(PARTITIONS).fill(13))
    await until(() => pollings.every(({ events }) => events.length > 0), 'both replicate')
    await throughout(brokers.restartInTurn(how), async () => {
      await produce()
      await following.invoke({}, 25_000)
    })
    await produce()
    for (const { groupId } of pollings) {
      const read = async () => (await a.committed(groupId, topic)).every(offset => offset === produced)
      await until(read, 'all is replicated')
    }
    const expected = Array.from({ length: produced }, (_, index) => `${index}`)
    const [atLeastOnce, exactlyOnce] = await Promise.all(
      [`a.${topic}`, `once.${topic}`].map(target => recordsOfJava(brokers.connection.brokers, target)),
    )
    for (const partition of partitions) {
      // When an answer was lost with its connection at the end of an invocation's time, records may be there twice.
      expect([...new Set(valuesOf(atLeastOnce ?? [], partition))]).toEqual(expected)
      expect(valuesOf(exactlyOnce ?? [], partition)).toEqual(expected)
    }
    expect(await following.invoke({})).toMatchObject({ response: { groups: 1, untranslated: 0 } })
    const positions = await committedOffsets(brokers.connection, group, `once.${topic}`)
    const next = partitions.map(
      partition => exactlyOnce?.find(record => record.partition === partition && String(record.value) === '13')?.offset,
    )
    expect(positions).toEqual(next)
  },
)

test.each([
  ['are restarted', 'restart'],
  ['crash', 'crash'],
] as const)(
  'when a trigger’s brokers %s in turn, the producer stores each record once, and the trigger delivers each',
  async (_, how) => {
    const topic = await b.createTopic(PARTITIONS)
    const producer = createProducer(brokers.connection, { clientId: 'test' })
    const polling = b.poll(topic, () => {})
    let produced = 0
    const produce = async () => {
      const records = partitions.flatMap(partition =>
        Array.from({ length: 20 }, (_, index) => ({
          partition,
          key: null,
          value: Buffer.from(`${produced + index}`),
          headers: [],
          timestamp: Date.now(),
        })),
      )
      await producer.send(topic, records, Date.now() + 60_000)
      produced += 20
    }
    await produce()
    await until(() => polling.events.length > 0, 'the trigger delivers')
    await throughout(brokers.restartInTurn(how), produce)
    await produce()
    await producer.close()
    const stored = await recordsOfJava(brokers.connection.brokers, topic)
    await until(() => new Set(polling.received).size === stored.length, 'all records are delivered')
    await until(() => polling.lastResult === 'OK', 'no problem of the meantime is left')
    const expected = Array.from({ length: produced }, (_, index) => `${index}`)
    for (const partition of partitions) {
      expect(valuesOf(stored, partition)).toEqual(expected)
      // Records that were delivered but not committed when the group lost its coordinator are delivered again, in order.
      const places = [...new Set(polling.events.flatMap(placesOf))].filter(place => place.startsWith(`${partition}:`))
      expect(places).toEqual(
        stored.flatMap(record => (record.partition === partition ? `${partition}:${record.offset}` : [])),
      )
    }
  },
)

/** Creates a topic whose partitions have one replica each, on the given brokers. */
async function createOn(...nodes: number[]): Promise<string> {
  const topic = uniqueName('single')
  const admin = new Kafka({ ...kafkajsConfig(brokers.connection), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const replicaAssignment = nodes.map((node, partition) => ({ partition, replicas: [node] }))
  const configEntries = [{ name: 'min.insync.replicas', value: '1' }]
  await createAndAwait(admin, [{ topic, replicaAssignment, configEntries }])
  await admin.disconnect()
  return topic
}

const recordFor = (partition: number) => ({
  partition,
  key: null,
  value: Buffer.from('v'),
  headers: [],
  timestamp: Date.now(),
})

test('while one broker is away, no client depends on it: not for being named first, not for other topics’ partitions', async () => {
  // Kafka reports a partition without a leader as an error within the answer, and the clients took it for the whole answer:
  // one such partition kept them from all topics. And administration only knew the first of the brokers.
  const [whole, halved] = [await b.createTopic(1), await createOn(1, 3)]
  const [first = '', second = '', last = ''] = brokers.connection.brokers
  const connection = { ...brokers.connection, brokers: [last, first, second] }
  const admin = createAdmin(connection, 'test')
  const producer = createProducer(connection, { clientId: 'test' })
  const transactions = createTransactions(connection, { clientId: 'test' })
  const groups = createGroupOffsets(connection, 'test')
  const [log, search] = [createTopicLog(connection, 'test'), createRecordSearch(connection, 'test')]
  const access = createAccess(connection, 'test')
  const ids = createTopicIds(connection, 'test').of
  const soon = () => Date.now() + 20_000
  await brokers.withoutLast(async () => {
    expect(await admin.clusterId()).toEqual(expect.any(String))
    expect(await admin.partitionCounts()).toEqual(expect.objectContaining(new Map([[halved, 2]])))
    expect(await admin.partitionCount(halved)).toBe(2)
    const created = uniqueName('created')
    await admin.createTopic({ topic: created, partitions: 2, replicas: 2, settings: {} })
    expect(await admin.addPartitions(new Map([[created, 3]]))).toEqual(new Map())
    await admin.replaceTopicSettings(new Map([[created, { 'retention.ms': '1000' }]]))
    expect(await admin.topicSettings([created])).toEqual(new Map([[created, { 'retention.ms': '1000' }]]))
    await expect(admin.topicAcls()).resolves.toEqual([])

    await producer.send(whole, [recordFor(0)], soon())
    await transactions.transaction('id', soon(), ({ send }) => send(whole, [recordFor(0)]))
    await producer.send(halved, [recordFor(0)], soon())
    const both = producer.send(halved, [recordFor(0), recordFor(1)], Date.now() + 3_000)
    await expect(both).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining(`Partition 1 of the topic ${halved} has no leader`),
    })

    const turn = { group: 'group', positions: [{ topic: halved, partition: 0, offset: 1 }] }
    expect(await groups.commit([turn], soon())).toEqual(new Map([['group', 'set']]))
    expect((await groups.committed(['group'])).get('group')).toHaveLength(1)
    expect((await groups.states()).has('group')).toBe(true)
    const asked = [0, 1].map(partition => ({ topic: halved, partition }))
    expect(await groups.bounds([...asked, { topic: whole, partition: 0 }])).toEqual(
      new Map([
        [halved, new Map([[0, { start: 0, end: 2 }]])],
        [whole, new Map([[0, { start: 0, end: 3 }]])],
      ]),
    )

    expect(await logRecords(log, whole)).toHaveLength(2)
    expect(await search.ends(whole)).toEqual({ 0: 3 })
    expect(await access.topic(halved)).toMatchObject({ partitions: 2 })
    expect(await ids(halved, soon())).toEqual(expect.any(String))
    const polling = new Cluster(connection).poll(whole, () => {})
    try {
      await until(() => polling.received.length === 2, 'the trigger delivers')
    } finally {
      await polling.stop()
    }
  })
  // The same clients, when it is back.
  await producer.send(halved, [recordFor(1)], soon())
  expect((await groups.bounds([{ topic: halved, partition: 1 }])).get(halved)?.get(1)).toMatchObject({ end: 1 })
  await Promise.all([producer, transactions, groups, log, search, access].map(client => client.close()))
})
