import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createGroupOffsets } from '../../../lib/kafka/admin/group-offsets.ts'
import { createEventSourceMappings } from '../../../lib/lambda/event-source-mappings.ts'
import { madeTags } from '../../../lib/lambda/mapping-tag.ts'
import { orders, produce } from '../../../local/orders.ts'
import { deployedOf, SERVICE, settleMappings } from '../../../local/permissions/deployed.ts'
import { aliasesOf, bucketOf, type ClusterRole, secretOf } from '../../../local/permissions/samples.ts'
import { createTopics } from '../../../local/topics.ts'
import { untilApplied } from '../applied-changes.ts'
import type { FunctionProcess, Outcome } from '../function-process.ts'
import { createFunction, lambdaOf } from '../moto-function.ts'
import { mappedFunctions } from './asked.ts'
import { internalTopics, type Place, type Scenario } from './scenario.ts'

/** A value with the header of AWS Glue. Source: AWS Glue, "Serializer" of its schema registry. */
const glueValue = (text: string) =>
  Buffer.concat([
    Buffer.from('0300b7b4a7f09c964e4aa687fb5de9ef0c63', 'hex'),
    Buffer.from([text.length * 2]),
    Buffer.from(text),
  ])

const bytes = (...values: string[]) => values.map(value => Buffer.from(value))

function eventOf(topic: string, values: Buffer[], partition = 0) {
  const records = values.map((value, offset) => ({
    ...{ topic, partition, offset, timestamp: 1, value: value.toString('base64') },
  }))
  return { eventSource: 'aws:kafka', records: { [`${topic}-${partition}`]: records } }
}

const createBucket = ({ world, name }: Place) => world.createBucket(bucketOf(name))

/** A group of the name, which the samples record and translate. */
const groupOf = (name: string) => `${name}-readers`

/** A topic of the source with three records, of which a group has read one. */
async function topicWithGroup({ world, name }: Place) {
  const { plaintext } = world.brokers.source.connections
  await createTopics(plaintext, { [name]: 1 })
  await produce(plaintext, name, orders(3))
  const groups = createGroupOffsets(plaintext, 'test')
  const positions = [{ topic: name, partition: 0, offset: 1, metadata: '' }]
  await groups.commit([{ group: groupOf(name), positions }], Date.now() + 30_000)
  await groups.close()
}

/** Writes objects as the dump of a sample does, staged or not. */
async function dumpFirst({ world, name }: Place, sample: 'compact' | 'restore', values: Buffer[], partition = 0) {
  // As a dump with the same options, but with the permission to write wherever it wants to.
  const { environment } = deployedOf(sample, name, 'dump')
  const Action = ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging', 'kms:GenerateDataKey', 'kms:Decrypt']
  const { process } = await world.start(
    'dump',
    `${name}-dump-${partition}`,
    [{ Effect: 'Allow', Action, Resource: '*' }],
    {
      environment,
    },
  )
  await process.respond(eventOf(name, values, partition))
  const output = await process.stop()
  if (output.includes('"errorCode"')) throw new Error(output)
}

const once = async (process: FunctionProcess, event: unknown, timeoutMs?: number): Promise<Outcome[]> => [
  await process.invoke(event, timeoutMs),
]

const dump: Scenario = {
  file: 'dump',
  deployed: name => deployedOf('dump', name),
  prepare: createBucket,
  // The second time the object is there, with the same bytes.
  async call(process, { name }) {
    const event = eventOf(name, [glueValue('good'), ...bytes('bad')])
    return [await process.invoke(event), await process.invoke(event)]
  },
}

const refusesPart: Scenario['fault'] = async ({ url }) => (url.includes('partNumber=2') ? 'InvalidRequest' : undefined)

const dumpInParts: Scenario = {
  file: 'dump',
  only: { title: 'in parts, one of which the store refuses', actions: /AbortMultipartUpload/ },
  deployed: name => deployedOf('dump in parts', name),
  prepare: createBucket,
  call: (process, { name }) => once(process, eventOf(name, [Buffer.alloc(6 * 1024 ** 2, 'x')])),
  fault: refusesPart,
}

const dumpWithSecrets: Scenario = {
  file: 'dump',
  only: { title: 'with secrets', actions: /^(secretsmanager|ssm):/ },
  deployed: name => deployedOf('dump with secrets', name),
  async prepare({ world, name }) {
    await world.createSecret(secretOf(name).split(':').at(-1) ?? '', { username: 'u', password: 'p' })
    await world.putParameter(`/${name}/key`, 'key')
  },
  call: process => once(process, { eventSource: 'aws:kafka', records: {} }),
}

const compact: Scenario = {
  file: 'compact',
  deployed: name => deployedOf('compact', name),
  async prepare(place) {
    await createBucket(place)
    await dumpFirst(place, 'compact', bytes('a', 'b'))
    await createFunction(place.world.moto, compact.deployed(place.name).functionName)
  },
  // The first one has no time for anything.
  call: async process => [await process.invoke({}, 1_000), await process.invoke({}, 20_000)],
}

const compactInParts: Scenario = {
  ...compact,
  only: { title: 'in parts, one of which the store refuses', actions: /AbortMultipartUpload/ },
  async prepare(place) {
    await createBucket(place)
    await dumpFirst(place, 'compact', [Buffer.alloc(4 * 1024 ** 2, 'a'), Buffer.alloc(4 * 1024 ** 2, 'b')])
  },
  call: process => once(process, {}),
  fault: refusesPart,
}

const recordCluster: Scenario = {
  file: 'record-cluster',
  deployed: name => deployedOf('record-cluster', name),
  async prepare(place) {
    await Promise.all([createBucket(place), topicWithGroup(place)])
  },
  // The second one compares with what the first one has written.
  call: async process => [await process.invoke({}), await process.invoke({})],
}

const restore: Scenario = {
  file: 'restore',
  deployed: name => deployedOf('restore', name),
  async prepare(place) {
    const { world, name } = place
    await Promise.all([createBucket(place), topicWithGroup(place)])
    await dumpFirst(place, 'restore', bytes('0', '1', '2'))
    const { environment, statements } = deployedOf('restore', name, 'record-cluster')
    const { process } = await world.start('record-cluster', `${name}-recording`, statements, { environment })
    await process.respond({})
    await process.stop()
  },
  call: async process => [await process.invoke({ id: 'one' }), await process.invoke({ id: 'one', undo: true })],
}

const restoreGrown: Scenario = {
  ...restore,
  only: {
    title: 'to a topic with fewer partitions',
    actions: /(AlterTopic|DescribeTopicDynamicConfiguration) target/,
  },
  async prepare(place) {
    const { world, name } = place
    await createBucket(place)
    await dumpFirst(place, 'restore', bytes('0', '1', '2'), 1)
    await createTopics(world.brokers.target.connections.plaintext, { [name]: 1 })
  },
  call: process => once(process, { id: 'one', groups: 'none' }),
}

/** Longer than an invocation of twelve seconds restores records, and short enough that there is time to pass on the rest. */
const SLOW_MS = 9_700

const restoreSlow: Scenario = {
  ...restore,
  only: { title: 'which has no time for all of it', actions: /InvokeFunction/ },
  async prepare(place) {
    await createBucket(place)
    await dumpFirst(place, 'restore', bytes('0', '1', '2'))
    await createFunction(place.world.moto, restore.deployed(place.name).functionName)
  },
  call: process => once(process, { id: 'one', groups: 'none' }, 12_000),
  async fault({ method, url }) {
    if (method === 'GET' && url.includes('/partition')) await pause(SLOW_MS)
    return undefined
  },
}

async function checkAndTest(process: FunctionProcess, { name }: Place): Promise<Outcome[]> {
  const checked = await process.invoke({ action: 'check' })
  const positions = await process.invoke({ action: 'positions', topics: [name], since: 0 })
  const sent = await process.invoke({ action: 'send', record: { topic: name, key: null, value: 'test' } })
  const found = sent.response === undefined ? [] : await once(process, { action: 'find', sent: sent.response })
  return [checked, positions, sent, ...found]
}

const checkDump: Scenario = {
  file: 'check',
  deployed: name => deployedOf('check a dump', name),
  async prepare(place) {
    await Promise.all([createBucket(place), topicWithGroup(place)])
  },
  call: checkAndTest,
}

const checkFailedRecords: Scenario = {
  ...checkDump,
  only: { title: 'topics for failed records', actions: /CreateTopic source/ },
  deployed: name => deployedOf('check topics for failed records', name),
}

const checkReplication: Scenario = {
  file: 'check',
  only: { title: 'a replication', actions: /^kafka-cluster:.* target$/ },
  deployed: name => deployedOf('check a replication', name),
  prepare: topicWithGroup,
  async call(process, place) {
    const { world, name } = place
    const missing = await process.invoke({ action: 'check' })
    await createTopics(world.brokers.target.connections.plaintext, { [`${aliasesOf(name).source}.${name}`]: 1 })
    const tested = await checkAndTest(process, place)
    // What comes behind the test record is read, to see whether it is that.
    await produce(world.brokers.target.connections.plaintext, `${aliasesOf(name).source}.${name}`, orders(1))
    const [, , sent] = tested
    const found = sent?.response === undefined ? [] : await once(process, { action: 'find', sent: sent.response })
    return [missing, ...tested, ...found]
  },
}

const reconcile: Scenario = {
  file: 'reconcile',
  deployed: name => deployedOf('reconcile', name),
  async prepare({ world, name }) {
    await createTopics(world.brokers.source.connections.plaintext, { [name]: 1, [`${name}-gone`]: 1 })
    const { environment, functionName } = reconcile.deployed(name)
    await createFunction(world.moto, environment.MAPPED_FUNCTION ?? '')
    await createFunction(world.moto, functionName)
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
  deployed: name => deployedOf('replicate', name),
  prepare: topicWithGroup,
  async call(process, { world, name }) {
    const undecodable = eventOf(name, bytes('bad'))
    Object.assign(undecodable.records[`${name}-0`]?.[0] ?? {}, { value: '*', offset: 1 })
    const good = await process.invoke(eventOf(name, bytes('good')))
    await growTopic(world, 'source', name)
    return [good, await process.invoke(undecodable), await process.invoke(eventOf(name, bytes('grown'), 1))]
  },
}

/** Gives a topic a second partition. */
async function growTopic({ admins, brokers }: Place['world'], role: ClusterRole, topic: string) {
  await admins[role].addPartitions(new Map([[topic, 2]]))
  await untilApplied(brokers[role].connections.plaintext)
}

const replicateOnce: Scenario = {
  ...replicate,
  only: { title: 'exactly once', actions: /(TransactionalId|ReadData) target$/ },
  deployed: name => deployedOf('replicate exactly once', name),
  async prepare(place) {
    await topicWithGroup(place)
    await replicateFirst(place, replicateOnce, bytes('before'))
  },
  // It has to know what the instance before it has produced.
  call: (process, { name }) => once(process, eventOf(name, bytes('before', 'good'))),
}

/** Replicates records with another instance of a function that replicates. */
async function replicateFirst({ world, name }: Place, { deployed }: Scenario, values: Buffer[]) {
  const { environment, statements } = deployed(name)
  const names = internalTopics(name)
  const { process } = await world.start('replicate', `${name}-before`, statements, { environment, names })
  await process.respond(eventOf(name, values))
  await process.stop()
}

const syncOffsets: Scenario = {
  file: 'sync-offsets',
  deployed: name => deployedOf('sync-offsets', name),
  async prepare(place) {
    const { name } = place
    await topicWithGroup(place)
    await replicateFirst(
      place,
      { ...replicate, deployed: () => deployedOf('sync-offsets', name, 'replicate') },
      bytes('0', '1', '2'),
    )
  },
  call: process => once(process, {}),
}

const syncTopics: Scenario = {
  file: 'sync-topics',
  deployed: name => deployedOf('sync-topics', name),
  async prepare({ world: { admins, brokers }, name }) {
    const settings = { 'retention.ms': '123456' }
    await admins.source.createTopic({ topic: name, partitions: 2, replicas: 1, settings })
    const remote = `${aliasesOf(name).source}.${name}`
    await admins.target.createTopic({ topic: remote, partitions: 1, replicas: 1, settings: {} })
    const [READ, ALLOW] = [3, 3]
    const reader = { principal: `User:${name}-reader`, host: '*', operation: READ, permission: ALLOW }
    await admins.source.addTopicAcls([{ topic: name, ...reader }])
    await untilApplied(brokers.source.connections.plaintext)
  },
  call: process => once(process, {}),
}

/** Longer than the function reserves at the end of an invocation, by as much as it tries what is denied. */
const SETTLE_MS = 32_000

const settle: Scenario = {
  file: 'settle-mappings',
  deployed: settleMappings,
  async prepare({ world, name }) {
    const [own, companion] = [`${SERVICE}-${name}`, `${SERVICE}-${name}-reconcile`]
    await createFunction(world.moto, own)
    await createFunction(world.moto, companion)
    const blueprint = {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['source:9092'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: groupOf(name) },
      ...({ StartingPosition: 'TRIM_HORIZON', BatchSize: 10, Enabled: true } as const),
      Tags: { service: SERVICE },
    }
    const mappings = createEventSourceMappings(lambdaOf(world.moto))
    await mappings.create(own, name, { ...blueprint, Tags: madeTags(blueprint) })
    for (const { uuid, functionArn } of await mappings.list(own)) mappedFunctions.set(uuid, functionArn)
  },
  async call(process, { name }) {
    const answers: string[] = []
    const server = createServer((request, response) => {
      request
        .setEncoding('utf8')
        .on('data', text => answers.push(text))
        .on('end', () => response.end())
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const connector = {
      service: SERVICE,
      functionName: `${SERVICE}-${name}`,
      reconcile: `${SERVICE}-${name}-reconcile`,
      reads: 'pattern',
    }
    const event = {
      StackId: 's',
      RequestId: 'r',
      LogicalResourceId: 'l',
      ResponseURL,
      ResourceProperties: { ServiceToken: 't', ...connector },
    }
    const created = await process.invoke({ ...event, RequestType: 'Create' }, SETTLE_MS)
    const deleted = await process.invoke({ ...event, RequestType: 'Delete' }, SETTLE_MS)
    server.close()
    return [created, deleted, { response: answers.map(text => JSON.parse(text)) }]
  },
}

/** Scenarios of which each needs what its function may do, or what `only` says; together they need every permission. */
export const scenarios: Scenario[] = [
  ...[dump, dumpInParts, dumpWithSecrets, compact, compactInParts, recordCluster],
  ...[restore, restoreGrown, restoreSlow, checkDump, checkFailedRecords, checkReplication],
  ...[reconcile, replicate, replicateOnce, syncOffsets, syncTopics, settle],
]
