import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { Cluster, places, until } from '../support/offline-polling.ts'
import { uniqueName } from '../support/stack.ts'

/** A mapping whose topic is deleted and created again. The new one has offsets that the group has passed in the old one. */

const cluster = new Cluster()

beforeAll(() => cluster.open())
afterEach(() => cluster.stopAll())
afterAll(() => cluster.close())

const numbered = (what: string, count: number) => Array.from({ length: count }, (_, index) => `${what} ${index}`)
const ok = () => undefined

/** Deletes a topic and creates it again, with more records than the old one had. */
async function recreate(topic: string): Promise<void> {
  await cluster.deleteTopic(topic)
  await cluster.createTopic(1, topic)
  await until(() => cluster.produce(topic, 0, numbered('new', 30)).then(() => true), 'the new topic takes records')
}

test('all records of the new topic are delivered by a poller that read the old one', async () => {
  const topic = await cluster.createTopic(1)
  await cluster.produce(topic, 0, numbered('old', 20))
  const polling = cluster.poll(topic, ok)
  await cluster.untilRead(polling.groupId, topic)
  await recreate(topic)
  await cluster.untilRead(polling.groupId, topic)
  await until(() => polling.received.length >= 50, 'all are delivered')
  expect(new Set(polling.received.slice(20))).toEqual(new Set(places(0, 0, 29)))
})

test('a mapping that was stopped meanwhile begins at the first record of the new topic', async () => {
  const topic = await cluster.createTopic(1)
  await cluster.produce(topic, 0, numbered('old', 20))
  const first = cluster.poll(topic, ok)
  await cluster.untilRead(first.groupId, topic)
  await first.stop()
  await recreate(topic)
  const second = cluster.poll(topic, ok, { consumerGroupId: first.groupId })
  await cluster.untilRead(first.groupId, topic)
  expect(second.received).toEqual(places(0, 0, 29))
})

test('what is committed late for the old topic does not let the new one begin there', async () => {
  const topic = await cluster.createTopic(1)
  await cluster.produce(topic, 0, numbered('old', 20))
  const { promise: recreated, resolve: end } = Promise.withResolvers<void>()
  const polling = cluster.poll(topic, (_, call) => (call === 1 ? recreated : undefined))
  await until(() => polling.events.length === 1, 'the function is called')
  await recreate(topic)
  end()
  await cluster.untilRead(polling.groupId, topic)
  await until(() => polling.received.length >= 50, 'all are delivered')
  expect(new Set(polling.received.slice(20))).toEqual(new Set(places(0, 0, 29)))
})

test('a mapping that begins at the newest records has all records of the new topic', async () => {
  const topic = await cluster.createTopic(1)
  const polling = cluster.poll(topic, ok, { startingPosition: { type: 'LATEST' } })
  await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 0, 'the position is committed')
  await cluster.produce(topic, 0, numbered('old', 20))
  await cluster.untilRead(polling.groupId, topic)
  await recreate(topic)
  await cluster.untilRead(polling.groupId, topic)
  await until(() => polling.received.length >= 50, 'all are delivered')
  expect(new Set(polling.received.slice(20))).toEqual(new Set(places(0, 0, 29)))
})

test.each([
  ['another topic of this name', 'topic-id=00000000-0000-0000-0000-000000000001', 0],
  ['no topic, as other programs do', 'theirs', 12],
])('a group whose offset was committed for %s begins where that is right', async (_, metadata, first) => {
  const [topic, group] = [await cluster.createTopic(1), uniqueName('group')]
  await cluster.produce(topic, 0, numbered('value', 20))
  const offsets = createGroupOffsets(cluster.connection, 'committing')
  await offsets.commit([{ group, positions: [{ topic, partition: 0, offset: 12, metadata }] }], Date.now() + 30_000)
  await offsets.close()
  const polling = cluster.poll(topic, ok, { consumerGroupId: group })
  await cluster.untilRead(group, topic)
  expect(polling.received).toEqual(places(0, first, 19))
})
