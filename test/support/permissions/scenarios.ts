import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { kafkajsConfig } from '../../../lib/kafka/client/settings.ts'
import { orders, produce } from '../../../local/orders.ts'
import { createTopics } from '../../../local/topics.ts'
import type { FunctionProcess, Outcome } from '../function-process.ts'
import { createFunction } from '../moto-function.ts'
import { KMS_KEY } from './asked.ts'
import { ACCOUNT, REGION } from './granted.ts'
import { aliases, deployedOf, internalTopics, type Place, type Scenario } from './scenario.ts'
import { clusters, type Role, type World } from './world.ts'

const iam = { iam: true }
const on = (role: Role) => ({ msk: clusters[role], bootstrapServers: [`${role}:9098`], auth: iam })

const REGISTRY = `arn:aws:glue:${REGION}:${ACCOUNT}:registry/lake`

/** A value with the header of AWS Glue. Source: AWS Glue, "Serializer" of its schema registry. */
const glueValue = (text: string) =>
  Buffer.concat([Buffer.from('0300b7b4a7f09c964e4aa687fb5de9ef0c63', 'hex'), Buffer.from([text.length * 2]), Buffer.from(text)])

const eventOf = (topic: string, ...values: Buffer[]) => ({
  eventSource: 'aws:kafka',
  records: {
    [`${topic}-0`]: values.map((value, offset) => ({
      topic,
      partition: 0,
      offset,
      timestamp: 1,
      value: value.toString('base64'),
    })),
  },
})

const once = async (process: FunctionProcess, event: unknown, timeoutMs?: number): Promise<Outcome[]> => [
  await process.invoke(event, timeoutMs),
]

/** A bucket, and the options of a store that need permissions of their own. */
const store = (name: string) => ({ bucket: name, prefix: 'lake' })
const storeOptions = {
  acl: 'bucket-owner-full-control',
  tags: '{"team":"lake"}',
  sse: 'aws:kms',
  sseKmsKeyId: KMS_KEY,
}

/** Writes objects, staged or not, as the dump does that has no role: with all permissions. */
async function dumpAs(place: Place, declared: Scenario['declared'], values: Buffer[]) {
  const { world, name } = place
  const { environment } = deployedOf({ file: 'dump', declared }, name)
  const everything = [{ Effect: 'Allow' as const, Action: ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging', 'kms:GenerateDataKey', 'kms:Decrypt'], Resource: '*' }]
  const { process } = await world.start('dump', `${name}-before`, everything, { environment })
  await process.respond(eventOf(name, ...values))
  const output = await process.stop()
  if (output.includes('"errorCode"')) throw new Error(output)
}

const groupOf = (name: string) => `${name}-readers`

/** A topic of the source with records, and a group that has read one of them. */
async function topicWithGroup({ world, name }: Place, cluster: Role = 'source') {
  const connection = world.brokers[cluster].connections.plaintext
  await createTopics(connection, { [name]: 1 })
  await produce(connection, name, orders(3))
  const admin = new Kafka({ ...kafkajsConfig(connection), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.setOffsets({ groupId: groupOf(name), topic: name, partitions: [{ partition: 0, offset: '1' }] })
  await admin.disconnect()
}

const dump: Scenario = {
  file: 'dump',
  title: 'all options of the store, values of AWS Glue, topics for failed records',
  declared: name => ({
    type: 'dump',
    source: { ...on('source'), topics: [name] },
    to: { ...store(name), ...storeOptions, ifNoneMatch: true, valueFormat: 'avro', schemaRegistryUrl: REGISTRY },
    abnormalDataTopic: `${name}-failed`,
    failurePolicy: 'log',
  }),
  prepare: ({ world, name }) => world.createBucket(name),
  async call(process, { name }) {
    const event = eventOf(name, glueValue('good'), Buffer.from('bad'))
    return [await process.invoke(event), await process.invoke(event)]
  },
}

const dumpParts: Scenario = {
  file: 'dump',
  title: 'an object in parts, one of which the store refuses',
  declared: name => ({ type: 'dump', source: { ...on('source'), topics: [name] }, to: { ...store(name), sse: 'aws:kms', sseKmsKeyId: KMS_KEY, partSize: 5 * 1024 ** 2, compression: 'none', format: 'raw' }, failurePolicy: 'fail' }),
  prepare: ({ world, name }) => world.createBucket(name),
  call: (process, { name }) => once(process, eventOf(name, Buffer.alloc(6 * 1024 ** 2, 'x'))),
  fault: async ({ url }) => (/partNumber=2/.test(url) ? 'InvalidRequest' : undefined),
}

const dumpSecrets: Scenario = {
  file: 'dump',
  title: 'logins in Secrets Manager and Parameter Store',
  declared: name => ({
    type: 'dump',
    source: {
      bootstrapServers: ['source:9096'],
      topics: [name],
      auth: { scram512: secretArn(name), kmsKey: KMS_KEY },
    },
    to: { ...store(name), endpoint: 'https://store.example.com', accessKeyId: 'id', secretAccessKey: { parameter: `/${name}/key` } },
    abnormalDataTopic: `${name}-failed`,
  }),
  async prepare({ world, name }) {
    await world.createSecret(`${name}-encrypted`, { username: 'u', password: 'p' })
    await world.putParameter(`/${name}/key`, 'key')
  },
  call: process => once(process, { eventSource: 'aws:kafka', records: {} }),
}

/** moto ends an ARN in letters of chance, and finds a secret without them. */
const secretArn = (name: string) => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${name}-encrypted`

const rotated = (name: string) => ({
  type: 'dump',
  source: { ...on('source'), topics: [name] },
  to: { ...store(name), ...storeOptions, rotate: { flushSize: 2 }, compression: 'none', format: 'raw', partSize: 5 * 1024 ** 2 },
})

const compact: Scenario = {
  file: 'compact',
  title: '',
  declared: rotated,
  async prepare(place) {
    await place.world.createBucket(place.name)
    await dumpAs(place, rotated, [Buffer.from('a'), Buffer.from('b')])
    await createFunction(place.world.moto, deployedOf(compact, place.name).functionName)
  },
  async call(process) {
    return [await process.invoke({}, 1_000), await process.invoke({}, 20_000)]
  },
}

const compactParts: Scenario = {
  ...compact,
  title: 'an object in parts, one of which the store refuses',
  async prepare(place) {
    await place.world.createBucket(place.name)
    await dumpAs(place, rotated, [Buffer.alloc(4 * 1024 ** 2, 'a'), Buffer.alloc(4 * 1024 ** 2, 'b')])
    await createFunction(place.world.moto, deployedOf(compact, place.name).functionName)
  },
  call: process => once(process, {}),
  fault: async ({ url }) => (/partNumber=2/.test(url) ? 'InvalidRequest' : undefined),
}

const recordCluster: Scenario = {
  file: 'record-cluster',
  title: '',
  declared: name => ({
    type: 'dump',
    source: { ...on('source'), topics: [name] },
    to: { ...store(name), ...storeOptions },
    recordTopics: true,
    recordConsumerOffsets: { groups: [`${name}-.*`] },
  }),
  async prepare(place) {
    await place.world.createBucket(place.name)
    await topicWithGroup(place)
  },
  // The second one compares with what the first one has written.
  call: async process => [await process.invoke({}), await process.invoke({})],
}

const restored = (name: string) => ({
  type: 'dump',
  source: { ...on('source'), topics: [name] },
  to: { ...store(name), ...storeOptions },
  recordConsumerOffsets: { groups: [`${name}-.*`] },
  restore: on('target'),
})

const restore: Scenario = {
  file: 'restore',
  title: '',
  declared: restored,
  async prepare(place) {
    const { world, name } = place
    await world.createBucket(name)
    await topicWithGroup(place)
    await dumpAs(place, restored, ['0', '1', '2'].map(value => Buffer.from(value)))
    const { environment, statements } = deployedOf({ file: 'record-cluster', declared: restored }, name)
    const { process } = await world.start('record-cluster', `${name}-recording`, statements, { environment })
    await process.respond({})
    await process.stop()
    await createTopics(world.brokers.target.connections.plaintext, { [`${name}-other`]: 1 })
    await createFunction(world.moto, deployedOf(restore, name).functionName)
  },
  async call(process) {
    return [await process.invoke({ id: 'one' }, 20_000), await process.invoke({ id: 'one', undo: true }, 20_000)]
  },
}

/** Longer than an invocation of five seconds begins anything. */
const SLOW_MS = 3_700

const restoreLate: Scenario = {
  ...restore,
  title: 'which has no time for all of it',
  call: process => once(process, { id: 'late' }, 5_000),
  async fault({ method, url }) {
    if (method === 'GET' && url.includes('/partition')) await pause(SLOW_MS)
    return undefined
  },
}

const check: Scenario = {
  file: 'check',
  title: 'of a dump',
  declared: name => ({ ...rotated(name), source: { msk: clusters.source, auth: iam, topics: [name] }, abnormalDataTopic: undefined }),
  async prepare(place) {
    await place.world.createBucket(place.name)
    await topicWithGroup(place)
  },
  call: calledCheck,
}

async function calledCheck(process: FunctionProcess, { name }: Place): Promise<Outcome[]> {
  const checked = await process.invoke({ action: 'check' })
  const positions = await process.invoke({ action: 'positions', topics: [name], since: 0 })
  const sent = await process.invoke({ action: 'send', record: { topic: name, key: null, value: 'test' } })
  const found = sent.response === undefined ? [] : await once(process, { action: 'find', sent: sent.response })
  return [checked, positions, sent, ...found]
}

const checkFailures: Scenario = {
  ...check,
  title: 'of a dump without rotation, with a topic for failed records',
  declared: name => ({ ...dump.declared(name), to: { ...store(name), ...storeOptions } }),
}

const replicated = (name: string, to: object = {}) => ({
  type: 'replicate',
  source: { ...on('source'), alias: aliases(name).source, topics: [name] },
  to: { ...on('target'), alias: aliases(name).target, ...to },
})

const checkReplicate: Scenario = {
  ...check,
  title: 'of a replication',
  declared: name => replicated(name),
  prepare: topicWithGroup,
}

async function lambdaFunction(world: World, name: string) {
  await createFunction(world.moto, name)
}

const patterned = (name: string) => ({
  type: 'dump',
  source: { msk: clusters.source, auth: iam, pattern: `${name}(-.*)?` },
  to: store(name),
})

const reconcile: Scenario = {
  file: 'reconcile',
  title: '',
  declared: patterned,
  async prepare({ world, name }) {
    await createTopics(world.brokers.source.connections.plaintext, { [name]: 1, [`${name}-gone`]: 1 })
    const { environment, functionName } = deployedOf(reconcile, name)
    await lambdaFunction(world, environment.MAPPED_FUNCTION ?? '')
    await lambdaFunction(world, functionName)
  },
  async call(process, { world, name }) {
    const first = await process.invoke({})
    await world.admins.source.deleteTopic(`${name}-gone`)
    const second = await process.invoke({})
    await createTopics(world.brokers.source.connections.plaintext, { [`${name}-gone`]: 1 })
    return [first, second, await process.invoke({})]
  },
}

const replicate: Scenario = {
  file: 'replicate',
  title: '',
  declared: name => ({ ...replicated(name), abnormalDataTopic: `${name}-failed` }),
  prepare: topicWithGroup,
  async call(process, { name }) {
    const wrong = eventOf(name, Buffer.from('bad'))
    Object.assign(wrong.records[`${name}-0`]?.[0] ?? {}, { value: '*', offset: 1 })
    const good = await process.invoke(eventOf(name, Buffer.from('good')))
    return [good, await process.invoke(wrong)]
  },
}

const replicateOnce: Scenario = {
  ...replicate,
  title: 'exactly once',
  declared: name => replicated(name, { exactlyOnce: true, offsetSyncsLocation: 'target' }),
  call: async (process, { name }) => once(process, eventOf(name, Buffer.from('good'))),
}

const syncOffsets: Scenario = {
  file: 'sync-offsets',
  title: '',
  declared: name => ({ ...replicated(name), syncOffsets: { syncConsumerOffsets: true, groups: `${name}-.*` } }),
  async prepare(place) {
    const { world, name } = place
    await topicWithGroup(place)
    const { environment, statements } = deployedOf({ ...syncOffsets, file: 'replicate' }, name)
    const { process } = await world.start('replicate', `${name}-before`, statements, { environment, names: internalTopics(name) })
    await process.respond(eventOf(name, ...['0', '1', '2'].map(value => Buffer.from(value))))
    await process.stop()
  },
  call: process => once(process, {}),
}

const syncTopics: Scenario = {
  file: 'sync-topics',
  title: '',
  declared: name => ({ ...replicated(name), syncTopics: { syncAcls: true } }),
  async prepare({ world, name }) {
    const { source } = aliases(name)
    await world.admins.source.createTopic({ topic: name, partitions: 2, replicas: 1, settings: { 'retention.ms': '123456' } })
    await world.admins.target.createTopic({ topic: `${source}.${name}`, partitions: 1, replicas: 1, settings: {} })
    await world.admins.source.addTopicAcls([{ topic: name, principal: `User:${name}-reader`, host: '*', operation: 3, permission: 3 }])
  },
  call: process => once(process, {}),
}

export const scenarios: Scenario[] = [
  dump, dumpParts, dumpSecrets, compact, compactParts, recordCluster, restore, restoreLate, check, checkFailures, checkReplicate, reconcile, replicate, replicateOnce, syncOffsets, syncTopics,
]