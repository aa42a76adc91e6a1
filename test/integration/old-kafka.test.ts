import { aclOperations, aclPermissions, type ClusterAdmin, createAdmin } from '../../lib/kafka/admin/admin.ts'
import { codecNames } from '../../lib/kafka/codec.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { createTopicLog } from '../../lib/kafka/read/topic-log.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { readInGroup } from '../support/group-reader.ts'
import { logRecords } from '../support/log-records.ts'
import { Cluster, type KafkaEvent, until } from '../support/offline-polling.ts'
import { type OldKafka, startOldKafka } from '../support/old-kafka.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

const soon = () => Date.now() + 20_000

const { plaintext } = stack.connections

/** The broker that all other tests use. */
const current = new Cluster()
let broker: OldKafka
let old: Cluster
let admin: ClusterAdmin

beforeAll(async () => {
  broker = await startOldKafka()
  old = new Cluster(broker.connection)
  await Promise.all([current.open(), old.open()])
  admin = createAdmin(broker.connection, 'test')
})

afterAll(async () => {
  await Promise.all([current.close(), old?.close()])
  await broker?.stop()
})

type Direction = 'to old' | 'from old'

/** Functions from the current broker to the old one, or the other way. */
function start(direction: Direction, name: string, environment: Record<string, string>): FunctionProcess {
  const [source, target] = direction === 'to old' ? [plaintext, broker.connection] : [broker.connection, plaintext]
  return new FunctionProcess(functionFile(name), {
    AWS_LAMBDA_FUNCTION_NAME: name,
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    FAILURE_POLICY: 'fail',
    ...clusterEnvironment('SOURCE', source),
    ...clusterEnvironment('TARGET', target),
    ...environment,
  })
}

async function answerOf(function_: FunctionProcess, event: unknown = {}): Promise<unknown> {
  const response = await function_.respond(event)
  await function_.stop()
  return response
}

const values = (count: number, first = 0) => Array.from({ length: count }, (_, index) => `${first + index}`)

test.each<{ direction: Direction; environment: Record<string, string> }>([
  { direction: 'to old', environment: { EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' } },
  { direction: 'from old', environment: {} },
])(
  'a topic is polled and replicated $direction, and a group resumes there where it stopped: $environment',
  async ({ direction, environment }) => {
    const [from, to] = direction === 'to old' ? [current, old] : [old, current]
    const topic = await from.createTopic(2)
    const group = uniqueName('billing')
    const replicating = start(direction, 'replicate', environment)
    const polling = from.poll(topic, (event: KafkaEvent) => replicating.respond(event))
    for (const partition of [0, 1]) await from.produce(topic, partition, values(30))
    await readInGroup(from.connection, group, topic, [11, 17])
    await until(async () => `${await from.committed(polling.groupId, topic)}` === '30,30', 'all is replicated')
    await polling.stop()
    const again = polling.events.at(-1) as KafkaEvent
    if ('EXACTLY_ONCE' in environment) await start(direction, 'replicate', environment).respond(again)
    const arrived = await recordsOfJava(to.connection.brokers, `a.${topic}`)
    for (const partition of [0, 1]) {
      const there = arrived.filter(record => record.partition === partition)
      expect(there.map(({ value }) => String(value))).toEqual(values(30))
    }
    const syncing = start(direction, 'sync-offsets', { ...environment, GROUPS: group, SYNC_CONSUMER_OFFSETS: 'true' })
    expect(await syncing.respond({})).toMatchObject({ groups: 1, untranslated: 0, positionsSet: 2 })
    const [first = [], second = []] = await readInGroup(to.connection, group, `a.${topic}`, [19, 13])
    expect([first, second].map(records => records.map(({ value }) => String(value)))).toEqual([
      values(19, 11),
      values(13, 17),
    ])
    expect(await syncing.respond({})).toMatchObject({ groups: 1, checkpoints: 0 })
  },
)

test('the producer’s records are stored with each compression, and those of an aborted transaction are not read', async () => {
  const topic = await old.createTopic(1)
  const record = (value: string) => ({ partition: 0, key: null, value: Buffer.from(value), headers: [], timestamp: 1 })
  for (const compression of codecNames) {
    const producer = createProducer(broker.connection, { clientId: 'test', compression })
    await producer.send(topic, Array(50).fill(record(compression)), soon())
    await producer.close()
  }
  const transactions = createTransactions(broker.connection, { clientId: 'test' })
  await transactions.transaction('id', soon(), ({ send }) => send(topic, [record('committed')]))
  const aborting = transactions.transaction('id', soon(), async ({ send }) => {
    await send(topic, [record('aborted')])
    throw new Error('given up')
  })
  await expect(aborting).rejects.toThrow('given up')
  await transactions.close()
  const expected = [...codecNames.flatMap(codec => Array(50).fill(codec)), 'committed']
  const found = await recordsOfJava(broker.connection.brokers, topic)
  expect(found.map(({ value }) => String(value))).toEqual(expected)

  // One reader alternates between topics, because brokers remember what a reader read last.
  const log = createTopicLog(broker.connection, 'test')
  const other = await old.createTopic(1)
  await old.produce(other, 0, ['other'])
  for (const [name, there] of [
    [topic, expected],
    [other, ['other']],
    [topic, expected],
  ] as const) {
    const records = await logRecords(log, name)
    expect(records.map(({ value }) => String(value))).toEqual(there)
  }
  await log.close()
})

test('partitions, settings and ACLs of topics follow the source', async () => {
  const topic = uniqueName('synced')
  const settings = { 'retention.ms': '3600000', 'cleanup.policy': 'compact' }
  await createAdmin(plaintext, 'test').createTopic({ topic, partitions: 3, replicas: 1, settings })
  await admin.createTopic({
    topic: `a.${topic}`,
    partitions: 1,
    replicas: -1,
    settings: { 'segment.bytes': '1048576' },
  })
  // A second instance creates it at the same time.
  await admin.createTopic({ topic: `a.${topic}`, partitions: 1, replicas: -1, settings: {} })
  expect(await answerOf(start('to old', 'sync-topics', { TOPICS: topic }))).toEqual({
    grown: 1,
    updated: 1,
    acls: 0,
    failed: 0,
  })
  expect(await admin.partitionCount(`a.${topic}`)).toBe(3)
  expect((await admin.partitionCounts()).get(`a.${topic}`)).toBe(3)
  expect((await admin.topicSettings([`a.${topic}`])).get(`a.${topic}`)).toEqual(settings)
  expect(await admin.partitionCount(uniqueName('missing'))).toBeUndefined()

  const acl = {
    topic,
    principal: 'User:bob',
    host: '*',
    permission: aclPermissions.ALLOW,
    operation: aclOperations.READ,
  }
  await admin.addTopicAcls([acl])
  expect(await admin.topicAcls()).toContainEqual(acl)
})

// KAFKA-9218: the old broker refuses to create the topic because of one unknown setting, and each record was put aside.
test('a topic is created without the settings that the old broker does not know, and the log names them', async () => {
  const topic = uniqueName('newer')
  const settings = {
    'cleanup.policy': 'compact',
    'compression.zstd.level': '3',
    'message.timestamp.after.max.ms': '9223372036854775807',
    'retention.ms': '3600000',
  }
  await createAdmin(plaintext, 'test').createTopic({ topic, partitions: 2, replicas: 1, settings })
  const function_ = start('to old', 'replicate', { TOPIC_SETTINGS_EXCLUDE: 'retention.ms' })
  const record = { topic, partition: 1, offset: 0, timestamp: 1, key: 'aw==', value: 'dg==' }
  await function_.respond({
    eventSource: 'SelfManagedKafka',
    bootstrapServers: '',
    records: { [`${topic}-1`]: [record] },
  })
  const remote = `a.${topic}`
  expect([await old.ends(remote), (await admin.topicSettings([remote])).get(remote)]).toEqual([
    [0, 1],
    { 'cleanup.policy': 'compact' },
  ])
  // One setting that the target doesn't know ended the sync of all topics.
  const changes = { grown: 0, updated: 1, acls: 0, failed: 0 }
  expect(await answerOf(start('to old', 'sync-topics', { TOPICS: topic }))).toEqual(changes)
  expect((await admin.topicSettings([remote])).get(remote)).toEqual({
    'cleanup.policy': 'compact',
    'retention.ms': '3600000',
  })
  const log = await function_.stop()
  for (const name of ['compression.zstd.level', 'message.timestamp.after.max.ms']) {
    expect(log).toContain(`"setting":"${name}"`)
  }
})

test('a connector’s check, lag and test record work', async () => {
  const topic = await old.createTopic(2)
  const remote = await current.createTopic(2, `a.${topic}`)
  const group = uniqueName('g')
  await old.produce(topic, 1, values(5))
  await readInGroup(broker.connection, group, topic, [0, 2])
  const environment = {
    CONNECTOR_NAME: 'c',
    CONNECTOR_TYPE: 'replicate',
    CONSUMER_GROUP: group,
    SOURCE_TOPICS: topic,
  }
  const check = start('from old', 'check', environment)
  const lines = ((await check.respond({})) as { results: { check: string; ok: boolean; detail: string }[] }).results
  expect(lines.filter(({ ok }) => !ok)).toEqual([])
  expect(lines.map(({ check, detail }) => `${check}: ${detail}`)).toEqual(
    expect.arrayContaining([
      `source topic ${topic}: 2 partitions, READ allowed`,
      `source group ${group}: READ allowed`,
    ]),
  )
  expect(await check.respond({ action: 'positions', topics: [topic] })).toMatchObject({
    [topic]: expect.arrayContaining([expect.objectContaining({ committed: 2, nextTimestamp: expect.any(Number) })]),
  })
  await check.stop()

  const toOld = start('to old', 'check', { ...environment, SOURCE_TOPICS: remote })
  await old.createTopic(2, `a.${remote}`)
  const sent = await toOld.respond({ action: 'send', record: { topic: remote, key: 'k', value: 'v' } })
  const [record] = await readTopic(plaintext, remote, 1)
  await old.produce(`a.${remote}`, 0, values(5))
  await old.produce(`a.${remote}`, 1, [{ value: 'v', headers: headersAsText(record as never) }])
  expect(await answerOf(toOld, { action: 'find', sent })).toEqual({ topic: `a.${remote}`, partition: 1, offset: 0 })
})

test('records that can’t be stored go to the dead letter', async () => {
  const deadLetterTopic = await old.createTopic(1)
  const { endpoint = '', credentials } = stack.store
  const dump = start('from old', 'dump', {
    S3_BUCKET: 'no-such-bucket',
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    FAILURE_POLICY: 'log',
    DEAD_LETTER_TOPIC: deadLetterTopic,
  })
  const record = { topic: 'orders', partition: 0, offset: 7, timestamp: 1, value: Buffer.from('v').toString('base64') }
  await answerOf(dump, { eventSource: 'SelfManagedKafka', bootstrapServers: '', records: { 'orders-0': [record] } })
  const [put] = await readTopic(broker.connection, deadLetterTopic, 1)
  expect(String(put?.value)).toBe('v')
  expect(headersAsText(put as never)).toMatchObject({ 'kafka-functions.error-code': 'STORE_BUCKET_MISSING' })
})
