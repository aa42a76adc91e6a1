import {
  aclOperations,
  aclPermissions,
  type ClusterAdmin,
  createAdmin,
  type TopicAcl,
} from '../../lib/kafka/admin/admin.ts'
import type { KafkaBroker } from '../../local/kafka-broker.ts'
import { allOrNone } from '../../local/stack.ts'
import { createTopics } from '../../local/topics.ts'
import { untilApplied } from '../support/applied-changes.ts'
import { startAuthorizingKafka } from '../support/authorizing-broker.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { CREATE_PARTITIONS, startLossyProxy } from '../support/lossy-proxy.ts'
import { until } from '../support/offline-polling.ts'
import { uniqueName } from '../support/stack.ts'

const file = new URL('../../functions/sync-topics.ts', import.meta.url).pathname

let source: KafkaBroker
let target: KafkaBroker
let sourceAdmin: ClusterAdmin
let targetAdmin: ClusterAdmin

beforeAll(async () => {
  ;[source, target] = await allOrNone(startAuthorizingKafka(), startAuthorizingKafka())
  sourceAdmin = createAdmin(source.connections.plaintext, 'test')
  targetAdmin = createAdmin(target.connections.plaintext, 'test')
})

afterAll(() => Promise.all([source.stop(), target.stop()]))

async function run(environment: Record<string, string>) {
  const sync = new FunctionProcess(file, {
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    ...clusterEnvironment('SOURCE', source.connections.plaintext),
    ...clusterEnvironment('TARGET', target.connections.plaintext),
    ...environment,
  })
  const outcome = await sync.invoke({})
  await sync.stop()
  return outcome
}

async function synchronize(environment: Record<string, string>) {
  const { error, response } = await run(environment)
  expect(error).toBeUndefined()
  await untilApplied(target.connections.plaintext)
  return response
}

/** A topic on both clusters, with settings of its own on each. */
async function createPair(
  settings: Record<'source' | 'target', Record<string, string>>,
  partitions = { source: 2, target: 2 },
) {
  const topic = uniqueName('synced')
  const create = (admin: ClusterAdmin, name: string, cluster: 'source' | 'target') =>
    admin.createTopic({ topic: name, partitions: partitions[cluster], replicas: 1, settings: settings[cluster] })
  await Promise.all([create(sourceAdmin, topic, 'source'), create(targetAdmin, `a.${topic}`, 'target')])
  return { topic, remote: `a.${topic}` }
}

const noSettings = { source: {}, target: {} }

test('partitions are added where the source has grown, and never taken away', async () => {
  const grown = await createPair(noSettings, { source: 5, target: 2 })
  const larger = await createPair(noSettings, { source: 1, target: 4 })
  const TOPICS = `${grown.topic},${larger.topic}`
  expect(await synchronize({ TOPICS })).toEqual({ grown: 1, updated: 0, acls: 0, failed: 0 })
  expect(await targetAdmin.partitionCount(grown.remote)).toBe(5)
  expect(await targetAdmin.partitionCount(larger.remote)).toBe(4)
  expect(await synchronize({ TOPICS })).toEqual({ grown: 0, updated: 0, acls: 0, failed: 0 })
})

// Each topic took a request and a connection of its own: 1,500 of them 52 of 60 seconds.
test('many topics are grown with one request, and one that can’t be grown doesn’t concern the others', async () => {
  const topics = Array.from({ length: 30 }, () => uniqueName('many'))
  await Promise.all([
    createTopics(source.connections.plaintext, Object.fromEntries(topics.map(topic => [topic, 3]))),
    createTopics(target.connections.plaintext, Object.fromEntries(topics.map(topic => [`a.${topic}`, 1]))),
  ])
  const proxy = await startLossyProxy(target.connections.plaintext.brokers[0] as string)
  const TARGET_KAFKA_BROKERS = proxy.brokers.join()
  const changes = await synchronize({ TOPICS: topics.join(), TARGET_KAFKA_BROKERS })
  await proxy.stop()
  expect(changes).toEqual({ grown: 30, updated: 0, acls: 0, failed: 0 })
  expect(proxy.requests.get(CREATE_PARTITIONS)).toBe(1)
  const [grown = ''] = topics
  const failures = await targetAdmin.addPartitions(
    new Map([
      [`a.${grown}`, 2],
      [`a.${topics[1]}`, 4],
    ]),
  )
  expect(Array.from(failures, ([topic, { code }]) => [topic, code])).toEqual([[`a.${grown}`, 'KAFKA_REJECTED']])
  await until(async () => (await targetAdmin.partitionCount(`a.${topics[1]}`)) === 4, 'the other topic grows')
})

test('settings follow the source, apart from those that are the target’s own', async () => {
  const { topic, remote } = await createPair({
    source: { 'retention.ms': '3600000', 'cleanup.policy': 'compact', 'min.insync.replicas': '1' },
    target: { 'retention.ms': '1000', 'segment.bytes': '1048576', 'message.timestamp.type': 'LogAppendTime' },
  })
  expect(await synchronize({ TOPICS: topic })).toEqual({ grown: 0, updated: 1, acls: 0, failed: 0 })
  expect((await targetAdmin.topicSettings([remote])).get(remote)).toEqual({
    'retention.ms': '3600000',
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'LogAppendTime',
  })
})

test('topics that aren’t asked for, or aren’t on the target yet, stay as they are', async () => {
  const { remote } = await createPair({ source: { 'retention.ms': '1' }, target: {} })
  const missing = uniqueName('missing')
  await sourceAdmin.createTopic({ topic: missing, partitions: 1, replicas: 1, settings: {} })
  expect(await synchronize({ TOPICS: missing })).toEqual({ grown: 0, updated: 0, acls: 0, failed: 0 })
  expect((await targetAdmin.topicSettings([remote])).get(remote)).toEqual({})
  expect(await targetAdmin.partitionCount(`a.${missing}`)).toBeUndefined()
})

test('who may read a topic may read its remote topic, and nobody may write to it', async () => {
  const { topic, remote } = await createPair(noSettings)
  const acl = (principal: string, operation: number, permission: number = aclPermissions.ALLOW): TopicAcl => ({
    topic,
    principal: `User:${principal}`,
    host: '*',
    operation,
    permission,
  })
  await sourceAdmin.addTopicAcls([
    acl('reader', aclOperations.READ),
    acl('writer', aclOperations.WRITE),
    acl('owner', aclOperations.ALL),
    acl('stranger', aclOperations.ALL, aclPermissions.DENY),
  ])
  await untilApplied(source.connections.plaintext)
  expect(await synchronize({ TOPICS: topic })).toMatchObject({ acls: 0 })
  expect(await synchronize({ TOPICS: topic, SYNC_ACLS: 'true' })).toMatchObject({ acls: 3 })
  const byPrincipal = (one: TopicAcl, other: TopicAcl) => one.principal.localeCompare(other.principal)
  expect((await targetAdmin.topicAcls()).toSorted(byPrincipal)).toEqual([
    { ...acl('owner', aclOperations.READ), topic: remote },
    { ...acl('reader', aclOperations.READ), topic: remote },
    { ...acl('stranger', aclOperations.ALL, aclPermissions.DENY), topic: remote },
  ])
  expect(await synchronize({ TOPICS: topic, SYNC_ACLS: 'true' })).toMatchObject({ acls: 0 })
})

test('one cluster behind two addresses is refused by name', async () => {
  const { error } = await run(clusterEnvironment('TARGET', source.connections.saslSslPlain))
  expect(error?.message).toContain('TARGET_KAFKA_BROKERS: expected another cluster than SOURCE_KAFKA_BROKERS, got the')
})
