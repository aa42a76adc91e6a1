import kafkajs, { Kafka, logLevel } from 'kafkajs'
import { aclOperations, aclPermissions, createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createGroupRemoval } from '../../lib/kafka/admin/group-removal.ts'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { CheckAnswers } from '../../lib/operate/check-request.ts'
import { bucketHistory } from '../../lib/restore/groups/group-history.ts'
import { createGroupsRestoration } from '../../lib/restore/groups/groups-restoration.ts'
import { createStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import type { KafkaBroker } from '../../local/kafka-broker.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { untilApplied } from '../support/applied-changes.ts'
import { startAuthorizingKafka } from '../support/authorizing-broker.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, type Outcome } from '../support/function-process.ts'
import { MemoryStore } from '../support/memory-store.ts'
import { until } from '../support/offline-polling.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const file = new URL('../../functions/check.ts', import.meta.url).pathname
const { plaintext, saslSslScram512 } = stack.connections

/** A cluster on which `bob` may do only what a test grants. */
let guarded: KafkaBroker
let bucket: string

beforeAll(async () => {
  guarded = await startAuthorizingKafka()
  bucket = uniqueName('check')
  await openBucket({ ...stack.store, bucket })
})

afterAll(() => guarded?.stop())

function storeVariables() {
  const { endpoint = '', credentials } = stack.store
  return {
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
}

/** Asks the function once for something. */
async function ask(environment: Record<string, string>, event: object): Promise<Outcome> {
  const function_ = new FunctionProcess(file, {
    CONNECTOR_NAME: 'orders-to-lake',
    CONNECTOR_TYPE: 'dump',
    CONSUMER_GROUP: 'lake-{topic}',
    ...(environment.CONNECTOR_TYPE === 'replicate' ? { SOURCE_ALIAS: 'a', TARGET_ALIAS: 'b' } : storeVariables()),
    ...environment,
  })
  const outcome = await function_.invoke(event)
  await function_.stop()
  return outcome
}

/** Runs a check and gives its lines, `ok` or the error code before each. */
async function check(environment: Record<string, string>): Promise<string[]> {
  const { response, error } = await ask(environment, {})
  expect(error).toBeUndefined()
  const { passed, results } = response as CheckAnswers['check']
  expect(passed).toBe(results.every(({ ok }) => ok))
  return results.map(
    ({ check, ok, warning, detail, errorCode }) =>
      `${warning ? 'warning' : ok ? 'ok' : errorCode}  ${check}: ${detail}`,
  )
}

const from = (connection: KafkaSettings, topic: string) => ({
  ...clusterEnvironment('SOURCE', connection),
  SOURCE_TOPICS: topic,
})

/** Lets `bob` do something with a topic of the guarded cluster. */
async function allow(topic: string, operation: 'READ' | 'WRITE' | 'DESCRIBE') {
  const acl = { topic, principal: 'User:bob', host: '*', permission: aclPermissions.ALLOW }
  await createAdmin(guarded.connections.plaintext, 'test').addTopicAcls([
    { ...acl, operation: aclOperations[operation] },
  ])
  await untilApplied(guarded.connections.plaintext)
}

const allowGroup = (groupId: string) => allowAny('GROUP', groupId, 'READ')

async function allowAny(
  type: 'GROUP' | 'CLUSTER' | 'TOPIC',
  resourceName: string,
  operation: 'READ' | 'DESCRIBE' | 'CREATE',
) {
  const admin = new Kafka(kafkajsConfig(guarded.connections.plaintext)).admin()
  await admin.connect()
  const resource = {
    resourceType: kafkajs.AclResourceTypes[type],
    resourceName,
    resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  }
  const who = { principal: 'User:bob', host: '*', permissionType: kafkajs.AclPermissionTypes.ALLOW }
  await admin.createAcls({ acl: [{ ...resource, ...who, operation: kafkajs.AclOperationTypes[operation] }] })
  await admin.disconnect()
  await untilApplied(guarded.connections.plaintext)
}

async function guardedTopic(): Promise<string> {
  const topic = uniqueName('guarded')
  await createTopics(guarded.connections.plaintext, { [topic]: 2 })
  return topic
}

test('what a dump needs is checked line by line, and nothing stays in the bucket', async () => {
  const [topic, deadLetters] = await Promise.all([createTopic('orders', 3), createTopic('dead-letters')])
  const environment = { ...from(saslSslScram512, topic), DEAD_LETTER_TOPIC: deadLetters, OBJECT_PREFIX: 'lake' }
  expect(await check(environment)).toEqual([
    `ok  source brokers: ${saslSslScram512.brokers}`,
    'ok  source login: SASL_SSL, SCRAM-SHA-512 as bob',
    `ok  source topic ${topic}: 3 partitions, READ allowed`,
    `ok  source group lake-${topic}: READ allowed`,
    `ok  source topic ${deadLetters}: 1 partition, WRITE allowed`,
    'ok  source retention: no record is deleted by its age',
    'ok  bucket write: lake/.check/orders-to-lake',
    'ok  bucket read: lake/.check/orders-to-lake',
    'ok  bucket delete: lake/.check/orders-to-lake',
  ])
  expect(await Array.fromAsync(createStore({ ...stack.store, bucket, forcePathStyle: true }).list('lake/'))).toEqual([])
})

describe('says what is in the way:', () => {
  test('nobody listens', async () => {
    const [port] = await freePorts(1)
    const lines = await check(from({ ...plaintext, brokers: [...plaintext.brokers, `127.0.0.1:${port}`] }, 'orders'))
    expect(lines[0]).toBe(`KAFKA_UNAVAILABLE  source brokers: 127.0.0.1:${port}: nothing listens there`)
    expect(lines.slice(1)).toEqual(['write', 'read', 'delete'].map(step => expect.stringContaining(`bucket ${step}`)))
  })

  test('the authority isn’t trusted, or the port talks another protocol', async () => {
    const [untrusted] = await check(from({ ...saslSslScram512, ca: undefined }, 'orders'))
    expect(untrusted).toMatch(/^KAFKA_UNAVAILABLE {2}source brokers: 127.0.0.1:\d+: .*isn’t trusted/)
    const [plain] = await check(from({ ...plaintext, securityProtocol: 'SSL' }, 'orders'))
    expect(plain).toMatch(/^KAFKA_UNAVAILABLE {2}source brokers: 127.0.0.1:\d+: .*another security protocol/)
  })

  test('the password is wrong', async () => {
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'wrong' } as const
    const lines = await check(from({ ...saslSslScram512, sasl }, 'orders'))
    expect(lines.slice(0, 2)).toEqual([
      expect.stringMatching(/^ok {2}source brokers/),
      expect.stringMatching(/^KAFKA_ACCESS_DENIED {2}source login: /),
    ])
    expect(lines.join()).not.toContain('wrong')
  })

  test('a topic doesn’t exist, and isn’t created by asking', async () => {
    const topic = uniqueName('missing')
    const lines = await check(from(plaintext, topic))
    expect(lines).toContain(`KAFKA_REJECTED  source topic ${topic}: does not exist, or DESCRIBE is not allowed`)
    expect(await createAdmin(plaintext, 'test').partitionCount(topic)).toBeUndefined()
  })

  test('the ACLs allow less than is needed', async () => {
    const [topic, deadLetters] = [await guardedTopic(), await guardedTopic()]
    const source = from(guarded.connections.saslSslScram512, topic)
    expect(await check(source)).toEqual(
      expect.arrayContaining([
        `KAFKA_REJECTED  source topic ${topic}: does not exist, or DESCRIBE is not allowed`,
        `KAFKA_ACCESS_DENIED  source group lake-${topic}: READ is not allowed`,
      ]),
    )
    await allow(topic, 'DESCRIBE')
    const hidden = `ok  source retention: not known for ${topic}: DescribeConfigs is not allowed`
    expect(await check(source)).toContain(hidden)
    expect(await check(source)).toContain(`KAFKA_ACCESS_DENIED  source topic ${topic}: READ is not allowed`)
    await Promise.all([allow(topic, 'READ'), allowGroup(`lake-${topic}`), allow(deadLetters, 'DESCRIBE')])
    expect(await check({ ...source, DEAD_LETTER_TOPIC: deadLetters })).toEqual(
      expect.arrayContaining([
        `ok  source topic ${topic}: 2 partitions, READ allowed`,
        `ok  source group lake-${topic}: READ allowed`,
        `KAFKA_ACCESS_DENIED  source topic ${deadLetters}: WRITE is not allowed`,
      ]),
    )
  })

  test('a topic for failed records doesn’t exist, and may not be created, with the command that does it', async () => {
    const [topic, deadLetters] = [await guardedTopic(), uniqueName('failed')]
    const { saslSslScram512 } = guarded.connections
    const source = { ...from(saslSslScram512, topic), DEAD_LETTER_TOPIC: deadLetters, FAILURE_TOPIC_PARTITIONS: '3' }
    const lineOf = async () => (await check(source)).find(line => line.includes(deadLetters))
    expect(await lineOf()).toMatch(/^KAFKA_ACCESS_DENIED .*: does not exist, or DESCRIBE is not allowed/)
    await allow(deadLetters, 'DESCRIBE')
    const command =
      `kafka-topics.sh --bootstrap-server ${saslSslScram512.brokers} --command-config client.properties ` +
      `--create --topic ${deadLetters} --partitions 3 --config cleanup.policy=delete`
    expect(await lineOf()).toMatch(new RegExp(`^KAFKA_ACCESS_DENIED .* run: ${RegExp.escape(command)}$`))
    await allowAny('TOPIC', deadLetters, 'CREATE')
    expect(await lineOf()).toBe(`KAFKA_ACCESS_DENIED  source topic ${deadLetters}: WRITE is not allowed`)
    await allow(deadLetters, 'WRITE')
    expect(await lineOf()).toBe(`ok  source topic ${deadLetters}: does not exist yet and may be created, WRITE allowed`)
    expect(await createAdmin(guarded.connections.plaintext, 'test').partitionCount(deadLetters)).toBeUndefined()
  })

  test('the bucket is missing, or the key is wrong', async () => {
    const source = from(plaintext, 'orders')
    expect((await check({ ...source, S3_BUCKET: uniqueName('none') })).at(-1)).toMatch(
      /^STORE_BUCKET_MISSING {2}bucket write/,
    )
    const denied = (await check({ ...source, S3_SECRET_ACCESS_KEY: 'wrong' })).at(-1)
    expect(denied).toMatch(/^STORE_ACCESS_DENIED {2}bucket write/)
  })

  test('without the source’s brokers the rest is still checked', async () => {
    expect(await check({ SOURCE_TOPICS: 'orders' })).toEqual([
      expect.stringMatching(/^CONFIG_INVALID {2}source brokers: SOURCE_KAFKA_BROKERS: expected/),
      expect.stringMatching(/^ok {2}bucket write/),
      expect.stringMatching(/^ok {2}bucket read/),
      expect.stringMatching(/^ok {2}bucket delete/),
    ])
  })
})

test('a group that its login may not describe has no positions, and is left out of sync-offsets, with a line in the log', async () => {
  // One such group among those that are listed failed the offsets of them all.
  const topic = await guardedTopic()
  const [open, hidden] = [`lake-${topic}`, uniqueName('hidden')]
  const { plaintext: anyone, saslSslScram512: bob } = guarded.connections
  const groups = createGroupOffsets(anyone, 'test')
  const positions = [{ topic, partition: 0, offset: 0 }]
  const turns = [open, hidden].map(group => ({ group, positions }))
  // The broker is new: it makes the topic of committed offsets first.
  await until(async () => {
    const results = await groups.commit(turns, Date.now() + 30_000)
    return results.values().every(result => result === 'set')
  }, 'both groups have a position')
  await groups.close()
  await Promise.all([allow(topic, 'READ'), allowGroup(open), allowAny('CLUSTER', 'kafka-cluster', 'DESCRIBE')])
  const positionsOf = (group: string) =>
    ask({ ...from(bob, topic), CONSUMER_GROUP: group }, { action: 'positions', topics: [topic] })
  expect(await positionsOf(open)).toMatchObject({
    response: {
      [topic]: [
        { partition: 0, committed: 0, end: 0 },
        { partition: 1, committed: null, end: 0 },
      ],
    },
  })
  expect(await positionsOf(hidden)).toMatchObject({
    error: { name: 'KAFKA_ACCESS_DENIED', message: `DESCRIBE of the group ${hidden} is not allowed.` },
  })
  // The commit for one group that was not allowed failed those of all groups behind it.
  const limited = createGroupOffsets(bob, 'test')
  const committed = await limited.commit(turns.toReversed(), Date.now() + 30_000)
  await limited.close()
  expect(committed.get(open)).toBe('set')
  expect(committed.get(hidden)).toMatchObject({ code: 'KAFKA_ACCESS_DENIED', message: expect.stringContaining(hidden) })
  const syncing = new FunctionProcess(new URL('../../functions/sync-offsets.ts', import.meta.url).pathname, {
    ...clusterEnvironment('SOURCE', bob),
    ...clusterEnvironment('TARGET', plaintext),
    SOURCE_ALIAS: uniqueName('a'),
    TARGET_ALIAS: 'b',
    GROUPS: `${open},${hidden}`,
    OFFSET_SYNCS_LOCATION: 'target',
  })
  expect(await syncing.invoke({})).toMatchObject({ response: { groups: 1 } })
  const line = (await syncing.stop()).split('\n').find(line => line.includes('Groups left out'))
  expect(JSON.parse(line ?? '{}')).toMatchObject({ groups: [hidden], cluster: 'source' })
})

test('groups that a login may describe but not set, or not even describe, count as not restored, and the others as set', async () => {
  const topic = await guardedTopic()
  const [allowed, described, hidden] = ['allowed', 'described', 'hidden'].map(uniqueName) as [string, string, string]
  const { plaintext: anyone, saslSslScram512: bob } = guarded.connections
  const rights = [allowGroup(allowed), allowAny('GROUP', described, 'DESCRIBE')]
  await Promise.all([allow(topic, 'READ'), ...rights, allowAny('CLUSTER', 'kafka-cluster', 'DESCRIBE')])
  const [limited, all] = [createGroupOffsets(bob, 'test'), createGroupOffsets(anyone, 'test')]
  const [records, removal] = [createPartitionRecords(bob, 'test'), createGroupRemoval(bob, 'test')]
  const quiet = { info: () => {}, warn: () => {}, error: () => {} } as never
  const restoration = createGroupsRestoration({
    ...{ target: limited, records, removal, log: { read: async () => 0 }, mapTopic: 'none', logger: quiet },
    ...{ snapshots: async () => [], history: bucketHistory(new MemoryStore(Date.now), ''), now: Date.now },
  })
  const groups = { strategy: 'latest' as const, names: [allowed, described, hidden], only: false, undo: false }
  const options = { append: false, purge: [], strict: false, skipCorrupt: false, dryRun: false }
  const topics = [{ topic, target: topic, partitions: 2, settings: {}, targetState: 'present' as const, problems: [] }]
  const places = { topics, places: [], partitioner: 'key' as const, dryRun: false, deadline: Date.now() + 30_000 }
  const restored = await restoration.restore({ selection: {}, groups, ...options }, places)
  expect(restored.groups.map(({ group, outcome }) => [group, outcome])).toEqual([
    [allowed, 'set'],
    [described, 'failed'],
    [hidden, 'failed'],
  ])
  expect(restored.groups.map(({ message }) => message)).toEqual([
    undefined,
    expect.stringContaining(`commit offsets of the group ${described}`),
    'the login may not describe the group',
  ])
  const committed = await all.committed([allowed, described, hidden])
  expect(Array.from(committed.values(), positions => positions.length)).toEqual([2, 0, 0])
  await Promise.all([limited, all, records, removal].map(client => client.close()))
})

test('a pattern means the topics that match just now, without internal ones and dead letters', async () => {
  const prefix = uniqueName('shop')
  const topics = ['orders', 'payments', 'failed', 'offsets.internal'].map(name => `${prefix}.${name}`)
  await createTopics(plaintext, Object.fromEntries(topics.map(topic => [topic, 1])))
  const source = { ...clusterEnvironment('SOURCE', plaintext), DEAD_LETTER_TOPIC: `${prefix}.failed` }
  const lines = await check({ ...source, SOURCE_PATTERN: `${prefix}\\..*` })
  expect(lines).toContain('ok  source pattern: 2 topics match')
  expect(lines.filter(line => line.includes('READ')).length).toBe(4)
  const [, , none] = await check({ ...source, SOURCE_PATTERN: 'no-such-.*' })
  expect(none).toMatch(/^KAFKA_REJECTED {2}source pattern: no topic matches/)
})

/** Creates topics of one partition with these settings. */
async function configured(topics: Record<string, Record<string, string>>) {
  const admin = createAdmin(plaintext, 'test')
  for (const [topic, settings] of Object.entries(topics))
    await admin.createTopic({ topic, partitions: 1, replicas: 1, settings })
}

test('what the cluster deletes unread is warned of, and nothing fails because of it', async () => {
  const names = ['brief', 'compacted', 'unread', 'deleted', 'failed', 'abnormal'].map(uniqueName)
  const [brief, compacted, unread, deleted, failed, abnormal] = names as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const both = 'compact,delete'
  await configured({
    [brief]: { 'retention.ms': '3600000' },
    [compacted]: { 'cleanup.policy': both, 'retention.ms': '7200000', 'delete.retention.ms': '60000' },
    [unread]: { 'retention.ms': '604800000' },
    [deleted]: {},
    [failed]: { 'retention.ms': '86400000' },
    [abnormal]: { 'cleanup.policy': 'compact' },
  })
  const kafka = new Kafka({ ...kafkajsConfig(plaintext), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  const fiveDaysAgo = String(Date.now() - 5 * 24 * 3_600_000)
  await producer.send({ topic: unread, messages: [{ value: 'v', timestamp: fiveDaysAgo }] })
  await producer.send({ topic: deleted, messages: [{ value: 'v' }, { value: 'v' }, { value: 'v' }] })
  // It deletes only in topics whose leaders this client has asked for.
  await admin.fetchTopicOffsets(deleted)
  await admin.deleteTopicRecords({ topic: deleted, partitions: [{ partition: 0, offset: '2' }] })
  for (const topic of [unread, deleted])
    await admin.setOffsets({ groupId: `lake-${topic}`, topic, partitions: [{ partition: 0, offset: '0' }] })
  await Promise.all([admin.disconnect(), producer.disconnect()])
  const lines = await check({
    ...from(plaintext, [brief, compacted, unread, deleted].join()),
    DEAD_LETTER_TOPIC: failed,
    ABNORMAL_DATA_TOPIC: abnormal,
  })
  const outage = 'read or not, so an outage of that time loses them; expected at least 1 d'
  expect(lines.filter(line => line.includes('retention of'))).toEqual([
    `warning  retention of ${brief}: records are deleted after 1 h (retention.ms), ${outage}`,
    `warning  retention of ${compacted}: records are deleted after 2 h (retention.ms), ${outage}`,
    `warning  retention of ${compacted}: records without a value are deleted 1 min after compaction (delete.retention.ms), so an outage of that time hides that keys were deleted; expected at least 1 d`,
    expect.stringMatching(
      `^warning  retention of ${unread}: unread records are up to 5 d old in partition 0, and are deleted after 7 d \\(retention.ms\\): `,
    ),
    expect.stringMatching(
      `^warning  retention of ${deleted}: 2 records were deleted before the group read them, in partition 0; `,
    ),
    expect.stringMatching(`^warning  retention of ${abnormal}: of failed records with the same key, `),
    expect.stringMatching(`^warning  retention of ${failed}: failed records are deleted after 1 d `),
  ])
  expect(lines.filter(line => !/^(ok|warning)/.test(line))).toEqual([])
  expect(lines).toContain('ok  source retention: records are kept for 1 h or longer')
})

test('a replication’s target: a topic that is there may be written, one that isn’t may be created', async () => {
  const [there, missing] = await Promise.all([createTopic('there'), createTopic('missing')])
  await createTopics(guarded.connections.plaintext, { [`a.${there}`]: 1 })
  const replicate = {
    CONNECTOR_TYPE: 'replicate',
    ...from(plaintext, `${there},${missing}`),
    ...clusterEnvironment('TARGET', guarded.connections.saslSslScram512),
  }
  expect((await check(replicate)).filter(line => line.includes('target topic'))).toEqual([
    expect.stringMatching(`^KAFKA_ACCESS_DENIED  target topic a.${there}: `),
    expect.stringMatching(`^KAFKA_ACCESS_DENIED  target topic a.${missing}: `),
  ])
  await allow(`a.${there}`, 'WRITE')
  const superuser = { ...replicate, ...clusterEnvironment('TARGET', guarded.connections.plaintext) }
  expect((await check(replicate)).filter(line => line.includes('target topic'))[0]).toBe(
    `ok  target topic a.${there}: 1 partition, WRITE allowed`,
  )
  expect((await check(superuser)).at(-1)).toBe(`ok  target topic a.${missing}: does not exist yet and may be created`)
  expect(await createAdmin(guarded.connections.plaintext, 'test').partitionCount(`a.${missing}`)).toBeUndefined()
})

// The function leaves such topics out with one line in its log, so a check that passes would hide that nothing arrives.
test('a replication’s topic that is never replicated is a finding, whether it is named or matches', async () => {
  const [orders, internal] = [await createTopic('orders'), `${uniqueName('billing')}-internal`]
  const long = `${uniqueName('x')}-`.padEnd(248, 'x')
  await createTopics(plaintext, { [internal]: 1, [long]: 1 })
  const target = clusterEnvironment('TARGET', guarded.connections.plaintext)
  const environment = { CONNECTOR_TYPE: 'replicate', ...from(plaintext, `${orders},${internal}`), ...target }
  const lines = await check(environment)
  expect(lines).toContain(
    `CONFIG_INVALID  source topic ${internal}: is never replicated: it is internal, as its name begins with __ or a dot or ends with internal`,
  )
  expect(lines.filter(line => line.includes('target topic'))).toHaveLength(1)
  const matched = await check({ ...environment, SOURCE_TOPICS: '', SOURCE_PATTERN: `${long}|${internal}` })
  expect(matched).toContain('ok  source pattern: 1 topic matches')
  expect(matched).toContain(
    `CONFIG_INVALID  source topic ${long}: is never replicated: its name on the target would have 250 characters, and Kafka allows 249`,
  )
})

test('the positions are where each topic’s group is, and how old its next record is', async () => {
  const [topic, unread] = await Promise.all([createTopic('positions', 2), createTopic('unread')])
  const kafka = new Kafka({ ...kafkajsConfig(plaintext), logLevel: logLevel.NOTHING })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  const since = Date.now() - 60_000
  // Offsets 0 and 1 of each partition were produced before that time, the others after it.
  const at = (offset: number) => String(since + (offset - 2) * 1_000)
  const messages = Array.from({ length: 7 }, (_, index) => ({
    ...{ value: 'v', partition: index % 2 },
    timestamp: at(Math.floor(index / 2)),
  }))
  await producer.send({ topic, messages, compression: kafkajs.CompressionTypes.GZIP })
  await producer.send({ topic: unread, messages: messages.map(message => ({ ...message, partition: 0 })) })
  const committed = [
    { partition: 0, offset: '3' },
    { partition: 1, offset: '3' },
  ]
  await admin.setOffsets({ groupId: `lake-${topic}`, topic, partitions: committed })
  await Promise.all([admin.disconnect(), producer.disconnect()])
  const source = clusterEnvironment('SOURCE', plaintext)
  const { response } = await ask(source, { action: 'positions', topics: [topic, unread, 'not-there'], since })
  expect(response).toEqual({
    [topic]: [
      // The fourth record of a batch: not the first one's time.
      { partition: 0, committed: 3, start: 0, end: 4, produced: 2, nextTimestamp: Number(at(3)) },
      { partition: 1, committed: 3, start: 0, end: 3, produced: 1, nextTimestamp: null },
    ],
    [unread]: [{ partition: 0, committed: null, start: 0, end: 7, produced: 3, nextTimestamp: Number(at(0)) }],
    'not-there': null,
  })
})

test('a record that was sent is found in the object that has it, whatever is around it', async () => {
  const topic = await createTopic('sent')
  const environment = { ...from(plaintext, topic), OBJECT_PREFIX: 'lake', OBJECT_PARTITIONER: 'hourly' }
  const { response } = await ask(environment, { action: 'send', record: { topic, key: 'k', value: null } })
  const sent = response as CheckAnswers['send']
  expect(sent).toMatchObject({ partition: 0, offset: 0 })
  expect(await ask(environment, { action: 'find', sent })).toEqual({ response: null })
  const hour = new Date(sent.timestamp).toISOString()
  const folder = `lake/${topic}/year=${hour.slice(0, 4)}/month=${hour.slice(5, 7)}/day=${hour.slice(8, 10)}/hour=${hour.slice(11, 13)}`
  const key = `${folder}/${topic}+0+0000000000-0000000041.json.gz`
  const store = createStore({ ...stack.store, bucket, forcePathStyle: true })
  for (const name of [
    key,
    `${folder}/${topic}+0+0000000042-0000000050.json.gz`,
    `${folder}/other+0+0000000000-0000000041.json.gz`,
  ])
    await store.put({ key: name, body: Buffer.from('x'), contentType: 'text/plain', metadata: {} })
  expect(await ask(environment, { action: 'find', sent })).toEqual({ response: { bucket, key } })
})

test('a record that was sent is found on the target, by its header', async () => {
  const topic = await createTopic('sent')
  const environment = {
    CONNECTOR_TYPE: 'replicate',
    ...from(plaintext, topic),
    ...clusterEnvironment('TARGET', guarded.connections.plaintext),
  }
  const { response } = await ask(environment, { action: 'send', record: { topic, key: 'k', value: 'v' } })
  const sent = response as CheckAnswers['send']
  expect(await ask(environment, { action: 'find', sent })).toEqual({ response: null })
  await createTopics(guarded.connections.plaintext, { [`a.${topic}`]: 2 })
  const producer = new Kafka({ ...kafkajsConfig(guarded.connections.plaintext), logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  const value = 'v'
  const messages = [
    { value, partition: 1 },
    { value, partition: 1, headers: { 'kafka-functions.test': sent.id } },
  ]
  await producer.send({ topic: `a.${topic}`, messages })
  await producer.disconnect()
  expect(await ask(environment, { action: 'find', sent })).toEqual({
    response: { topic: `a.${topic}`, partition: 1, offset: 1 },
  })
})

test('an action that there is not is refused', async () => {
  const { error } = await ask(from(plaintext, 'orders'), { action: 'delete' })
  expect(error).toMatchObject({
    name: 'EVENT_UNKNOWN',
    message: expect.stringContaining('check, positions, send or find'),
  })
})
