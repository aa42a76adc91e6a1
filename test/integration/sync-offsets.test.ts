import { Admin } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { spansOf } from '../../lib/replication/offsets/offset-map.ts'
import { createOffsetSyncs, offsetMapTopic, offsetSyncsTopic } from '../../lib/replication/offsets/offset-sync.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { inTime } from '../support/deadline.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { produceWithGaps } from '../support/gap-topic.ts'
import { committedOffsets, type ReadRecord, readInGroup } from '../support/group-reader.ts'
import { FIND_COORDINATOR, OFFSET_COMMIT, OFFSET_FETCH, startLossyProxy } from '../support/lossy-proxy.ts'
import { type MirrorOracle, startMirrorOracle } from '../support/mirror-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'

const file = new URL('../../functions/sync-offsets.ts', import.meta.url).pathname
const deadline = () => Date.now() + 30_000

const target = stack.target.plaintext
const targetBrokers = target.brokers.join()
const sourceProducer = createProducer(stack.connections.plaintext, { clientId: 'test' })
const targetProducer = createProducer(target, { clientId: 'test' })
let oracle: MirrorOracle

beforeAll(async () => {
  oracle = await startMirrorOracle()
})

afterAll(() => Promise.all([sourceProducer.close(), targetProducer.close(), oracle?.stop()]))

/** One connector's names, which no other test uses. */
function connector() {
  const [sourceAlias, targetAlias] = [uniqueName('sa'), uniqueName('sb')]
  const topic = uniqueName('synced-orders')
  const environment = {
    SOURCE_KAFKA_BROKERS: stack.connections.plaintext.brokers.join(),
    TARGET_KAFKA_BROKERS: targetBrokers,
    SOURCE_ALIAS: sourceAlias,
    TARGET_ALIAS: targetAlias,
    CONNECTOR_NAME: 'sync-offsets',
  }
  return { sourceAlias, targetAlias, topic, remote: `${sourceAlias}.${topic}`, environment }
}

function newSyncs(targetAlias: string) {
  return createOffsetSyncs({
    producer: sourceProducer,
    admin: createAdmin(stack.connections.plaintext, 'test'),
    replicas: -1,
    topic: offsetSyncsTopic(targetAlias),
    mapTopic: offsetMapTopic(targetAlias),
  })
}

/** Replicates the records of each partition in batches. Two instances take turns, two batches each. */
async function replicate(records: ReadRecord[][], { targetAlias, topic, remote }: ReturnType<typeof connector>) {
  const instances = [newSyncs(targetAlias), newSyncs(targetAlias)]
  for (const [partition, all] of records.entries()) {
    for (let first = 0, batch = 0; first < all.length; batch++) {
      const some = all.slice(first, first + 10 + batch)
      first += some.length
      const outgoing = some.map(({ key, value, timestamp }) => ({ key, value, timestamp, headers: [], partition }))
      const placed = await targetProducer.send(remote, outgoing, deadline())
      const spans = spansOf(
        some.map(({ offset }) => offset),
        placed,
      )
      await instances[(batch >> 1) % 2]?.record({ topic, partition }, spans, deadline())
    }
  }
}

const length = ({ length }: unknown[]) => length
const values = (records: ReadRecord[][]) => records.map(part => part.map(({ value }) => String(value)))

/** Offsets in the form of the oracle's answer: `topic-partition=offset`. */
const translated = (remote: string, offsets: number[]) =>
  offsets.map((offset, partition) => `${remote}-${partition}=${offset}`)

/** A topic with gaps that is replicated to its end, and a group that has read this many records of each partition. */
async function replicatedTopic(consumed: [number, number]) {
  const names = connector()
  const group = uniqueName('synced-shop')
  await createTopics(stack.connections.plaintext, { [names.topic]: 2 })
  await createTopics(target, { [names.remote]: 2 })
  const produced = await produceWithGaps(stack.connections.plaintext, names.topic, 2, 60)
  const onSource = await readInGroup(stack.connections.plaintext, group, names.topic, consumed)
  const all = await readInGroup(
    stack.connections.plaintext,
    uniqueName('synced-reader'),
    names.topic,
    produced.map(length),
  )
  await replicate(all, names)
  const environment = { ...names.environment, GROUPS: group }
  return { ...names, environment, group, produced, onSource, all }
}

describe('a group that stopped in the middle of a topic with gaps', () => {
  test('resumes on the target, reads each record once, and leaves none out', async () => {
    // There are no gaps on the target, so the true position is the number of records read from the partition.
    const truth: [number, number] = [41, 67]
    const { sourceAlias, group, remote, produced, onSource, environment } = await replicatedTopic(truth)
    const function_ = new FunctionProcess(file, { ...environment, SYNC_CONSUMER_OFFSETS: 'true' })
    await expect(function_.invoke({})).resolves.toEqual({
      response: {
        groups: 1,
        untranslated: 0,
        checkpoints: 2,
        groupsSet: 1,
        positionsSet: 2,
        activeGroups: 0,
        groupsFailed: 0,
        groupsLeft: 0,
        segmentsDeleted: 0,
        // The two instances took turns, and each turn has left a segment.
        segmentsMerged: expect.any(Number),
      },
    })
    await expect(oracle.ask('translate-offsets', targetBrokers, sourceAlias, group)).resolves.toEqual(
      translated(remote, truth),
    )
    expect(await committedOffsets(target, group, remote)).toEqual(truth)
    const left = produced.map((part, partition) => part.length - (truth[partition] ?? 0))
    const onTarget = await readInGroup(target, group, remote, left)
    const [before, after] = [values(onSource), values(onTarget)]
    expect(before.map((part, partition) => [...part, ...(after[partition] ?? [])])).toEqual(produced)

    // The group is further on the target than on the source now: it is not set back, and gets no checkpoint.
    const end = await committedOffsets(target, group, remote)
    const again = await function_.invoke({})
    expect(again.response).toMatchObject({ checkpoints: 0, groupsSet: 0, positionsSet: 0, activeGroups: 0 })
    expect(await committedOffsets(target, group, remote)).toEqual(end)
    await function_.stop()
  })

  test('doesn’t wait for another group, whose offsets are part of a transaction that is open', async () => {
    // Asked for stable offsets, the cluster answered with an error, and no group got its offsets.
    const { environment, group, topic } = await replicatedTopic([41, 67])
    const other = uniqueName('streams')
    const kafka = new Kafka({ brokers: stack.connections.plaintext.brokers, logLevel: logLevel.NOTHING })
    const producer = kafka.producer({ transactionalId: other, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const groups = createGroupOffsets(stack.connections.plaintext, 'test')
    await groups.commit([{ group: other, positions: [{ topic, partition: 0, offset: 10 }] }], deadline())
    const open = await producer.transaction()
    const topics = [{ topic, partitions: [{ partition: 0, offset: '20' }] }]
    await open.sendOffsets({ consumerGroupId: other, topics })
    const function_ = new FunctionProcess(file, { ...environment, GROUPS: `${group},${other}` })
    await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 2, checkpoints: 3 } })
    await open.abort()
    await Promise.all([producer.disconnect(), groups.close(), function_.stop()])
  })

  test('gets only checkpoints unless its offsets are to be set', async () => {
    const truth: [number, number] = [50, 10]
    const { environment, group, remote, sourceAlias } = await replicatedTopic(truth)
    const function_ = new FunctionProcess(file, environment)
    await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 1, groupsSet: 0 } })
    await function_.stop()
    await expect(oracle.ask('translate-offsets', targetBrokers, sourceAlias, group)).resolves.toEqual(
      translated(remote, truth),
    )
    expect(await committedOffsets(target, group, remote)).toEqual([-1, -1])
  })
})

test('a group with members on the target is left alone', async () => {
  const { environment, group, remote } = await replicatedTopic([20, 20])
  const kafka = new Kafka({ brokers: target.brokers, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: group })
  const joined = new Promise(resolve => consumer.on(consumer.events.GROUP_JOIN, resolve))
  const function_ = new FunctionProcess(file, { ...environment, SYNC_CONSUMER_OFFSETS: 'true' })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: remote, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachMessage: async () => {} })
    await inTime(joined, () => `no member of ${group}`)
    const outcome = await function_.invoke({})
    expect(outcome.response).toMatchObject({ checkpoints: 2, groupsSet: 0, positionsSet: 0, activeGroups: 1 })
    expect(await committedOffsets(target, group, remote)).toEqual([-1, -1])
  } finally {
    await consumer.disconnect()
  }
  // Once they have left, the group gets its position of the source.
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { positionsSet: 2, activeGroups: 0 } })
  expect(await committedOffsets(target, group, remote)).toEqual([20, 20])
  await function_.stop()
})

// They were set one after the other, with two round trips each: of 3,000 groups and 10 ms, 369 had their turn.
test('many groups are set with one request each, and one request finds all coordinators', async () => {
  const names = connector()
  await createTopics(target, { [names.remote]: 1 })
  const proxy = await startLossyProxy(target.brokers[0] as string)
  const groups = createGroupOffsets({ ...target, brokers: proxy.brokers }, 'test')
  const positions = [{ topic: names.remote, partition: 0, offset: 0 }]
  const turns = Array.from({ length: 300 }, (_, index) => ({ group: `${names.topic}-${index}`, positions }))
  const results = await groups.commit(turns, deadline())
  expect(new Set(results.values())).toEqual(new Set(['set']))
  expect([FIND_COORDINATOR, OFFSET_COMMIT].map(kind => proxy.requests.get(kind))).toEqual([1, 300])
  const committed = await groups.committed(turns.map(({ group }) => group))
  expect(committed.size).toBe(300)
  expect([FIND_COORDINATOR, OFFSET_FETCH].map(kind => proxy.requests.get(kind))).toEqual([2, 1])
  expect(new Set((await groups.commit(turns, Date.now())).values())).toEqual(new Set(['left']))
  await groups.close()
  await proxy.stop()
})

// KAFKA-12468: the group got the translated 5. A consumer with `latest` went to the end, and missed what was there.
test('where the target’s log begins later, checkpoint and group are at its first record', async () => {
  const { environment, group, remote, sourceAlias } = await replicatedTopic([5, 20])
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: target.brokers })
  await admin.deleteRecords({ topics: [{ name: remote, partitions: [{ partition: 0, offset: 12n }] }] })
  await admin.close()
  const function_ = new FunctionProcess(file, { ...environment, SYNC_CONSUMER_OFFSETS: 'true' })
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { positionsSet: 2 } })
  await function_.stop()
  expect(await committedOffsets(target, group, remote)).toEqual([12, 20])
  await expect(oracle.ask('translate-offsets', targetBrokers, sourceAlias, group)).resolves.toEqual(
    translated(remote, [12, 20]),
  )
})

// The group with which the trigger of `replicate` reads was copied like any other.
test('the connector’s own group is left out', async () => {
  const { environment, group } = await replicatedTopic([5, 5])
  const function_ = new FunctionProcess(file, { ...environment, CONSUMER_GROUP: group })
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 0, checkpoints: 0 } })
  await function_.stop()
})

test('offset maps of records that are gone from the source are deleted, except the newest', async () => {
  const { environment, group, topic, remote, produced, all } = await replicatedTopic([20, 20])
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: stack.connections.plaintext.brokers })
  await admin.deleteRecords({
    topics: [{ name: topic, partitions: [0, 1].map(partition => ({ partition, offset: -1n })) }],
  })
  const partitionOffsets = all.map((part, partition) => ({ partition, offset: BigInt((part.at(-1)?.offset ?? 0) + 1) }))
  await admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets }] })
  await admin.close()
  const function_ = new FunctionProcess(file, environment)
  const [first, second] = [await function_.invoke({}), await function_.invoke({})]
  expect((first.response as { segmentsDeleted: number }).segmentsDeleted).toBeGreaterThan(0)
  expect(second.response).toMatchObject({ segmentsDeleted: 0 })
  await function_.stop()
  await expect(oracle.ask('translate-offsets', targetBrokers, environment.SOURCE_ALIAS, group)).resolves.toEqual(
    translated(remote, produced.map(length)),
  )
})

// Users delete the offset maps to have everything replicated again; a warm instance failed from then on.
test('topics that are deleted under a warm instance are created again', async () => {
  const { targetAlias, environment } = connector()
  const function_ = new FunctionProcess(file, { ...environment, GROUPS: 'no-such-group' })
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 0 } })
  const admin = createAdmin(stack.connections.plaintext, 'test')
  await admin.deleteTopic(offsetMapTopic(targetAlias))
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 0 } })
  expect(await admin.partitionCount(offsetMapTopic(targetAlias))).toBeDefined()
  await function_.stop()
})

test('MirrorMaker 2’s tools find the topics, the clusters and the hops between them', async () => {
  const { sourceAlias, environment } = connector()
  const function_ = new FunctionProcess(file, { ...environment, GROUPS: 'no-such-group' })
  await expect(function_.invoke({})).resolves.toMatchObject({ response: { groups: 0 } })
  expect(await function_.stop()).toContain('"pattern":"no-such-group"')
  const ask = (command: string, ...more: string[]) => oracle.ask(command, targetBrokers, ...more)
  expect(await ask('heartbeat-topics')).toEqual(expect.arrayContaining(['heartbeats', `${sourceAlias}.heartbeats`]))
  expect(await ask('checkpoint-topics')).toContain(`${sourceAlias}.checkpoints.internal`)
  expect(await ask('upstream-clusters')).toContain(sourceAlias)
  expect(await ask('replication-hops', sourceAlias)).toEqual(['1'])
  expect(await ask('replication-hops', 'another')).toEqual(['-1'])
})

describe('an invalid configuration is refused by name', () => {
  test.each([
    ['a pattern that is not a regular expression', { GROUPS: 'shop-(' }, 'GROUPS: expected regular expressions'],
    ['no source', { SOURCE_KAFKA_BROKERS: '' }, 'SOURCE_KAFKA_BROKERS: expected the brokers of the source cluster'],
    [
      'one cluster',
      { TARGET_KAFKA_BROKERS: stack.connections.plaintext.brokers.join() },
      'TARGET_KAFKA_BROKERS: expected another cluster than SOURCE_KAFKA_BROKERS',
    ],
    [
      'one cluster behind two addresses',
      clusterEnvironment('TARGET', stack.connections.saslSslPlain),
      'TARGET_KAFKA_BROKERS: expected another cluster than SOURCE_KAFKA_BROKERS, got the same',
    ],
    ['an unknown location', { OFFSET_SYNCS_LOCATION: 'here' }, 'OFFSET_SYNCS_LOCATION: expected one of'],
  ])('%s', async (_, wrong, message) => {
    const function_ = new FunctionProcess(file, { ...connector().environment, ...wrong })
    const outcome = await function_.invoke({})
    await function_.stop()
    expect(outcome.error?.message).toContain(message)
  })
})

test('an unreachable cluster fails the pass with its code, in time', async () => {
  const [port] = await freePorts(1)
  const function_ = new FunctionProcess(file, {
    ...connector().environment,
    TARGET_KAFKA_BROKERS: `127.0.0.1:${port}`,
  })
  const outcome = await function_.invoke({}, 5_000)
  expect(outcome.error?.name).toBe('KAFKA_UNAVAILABLE')
  await function_.stop()
})
