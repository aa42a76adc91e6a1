import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { aclOperations, aclPermissions, type ClusterAdmin, createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createFailureTopics, creationCommand, failureTopic } from '../../lib/kafka/admin/failure-topics.ts'
import { javaOptions, type KafkaBroker } from '../../local/kafka-broker.ts'
import { resolveJars } from '../../local/maven.ts'
import { silent } from '../../local/progress.ts'
import { untilApplied } from '../support/applied-changes.ts'
import { startAuthorizingKafka } from '../support/authorizing-broker.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { headersAsText, readTopic } from '../support/topic-reader.ts'

/** A cluster as in the cloud: naming a topic doesn't create it. `bob` may do only what a test grants. */
let kafka: KafkaBroker
let admin: ClusterAdmin
let functions: FunctionProcess[] = []

beforeAll(async () => {
  kafka = await startAuthorizingKafka(['auto.create.topics.enable=false'])
  admin = createAdmin(kafka.connections.plaintext, 'test')
})

afterEach(async () => {
  await Promise.all(functions.map(function_ => function_.stop()))
  functions = []
})

afterAll(() => kafka?.stop())

/** The variables that each function needs besides the source cluster. */
const others = () => ({
  dump: { S3_BUCKET: 'no-such-bucket', S3_ENDPOINT: stack.store.endpoint ?? '', VALUE_FORMAT: 'json' },
  replicate: {
    SOURCE_ALIAS: uniqueName('a'),
    TARGET_ALIAS: 'b',
    ...clusterEnvironment('TARGET', stack.target.plaintext),
  },
})

function start(name: 'dump' | 'replicate', environment: Record<string, string>): FunctionProcess {
  const { accessKeyId = '', secretAccessKey = '' } = stack.store.credentials ?? {}
  const function_ = new FunctionProcess(functionFile(name), {
    AWS_LAMBDA_FUNCTION_NAME: name,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    ...clusterEnvironment('SOURCE', kafka.connections.plaintext),
    ...others()[name],
    ...environment,
  })
  functions.push(function_)
  return function_
}

/** An event of several partitions, each with one record that can't be decoded. */
const undecodable = (topic: string, partitions = 1) => ({
  eventSource: 'SelfManagedKafka',
  records: Object.fromEntries(
    Array.from({ length: partitions }, (_, partition) => [
      `${topic}-${partition}`,
      [{ topic, partition, offset: 5, timestamp: 1_767_225_600_000, key: 'aw==', value: 'no base64!' }],
    ]),
  ),
})

// The topics had to be made by hand in the cloud, and a forgotten one stopped the connector at its first failed record.
test.each(['dump', 'replicate'] as const)('the first failed record of %s creates its topic', async name => {
  const [topic, failed] = [uniqueName('orders'), uniqueName('failed')]
  const large = { 'max.message.bytes': '5000000' }
  await admin.createTopic({ topic, partitions: 4, replicas: 1, settings: large })
  const environment = { ABNORMAL_DATA_TOPIC: failed, FAILURE_TOPIC_PARTITIONS: '2' }
  const function_ = start(name, environment)
  // Several partitions fail at once, in two instances: only one of all creates the topic.
  const outcomes = [function_, start(name, environment)].map(one => one.invoke(undecodable(topic, 4)))
  expect(await Promise.all(outcomes)).toEqual([{}, {}])
  expect(await admin.partitionCount(failed)).toBe(2)
  // As large as the topic that the records come from.
  expect((await admin.topicSettings([failed])).get(failed)).toEqual({ 'cleanup.policy': 'delete', ...large })
  const records = await readTopic(kafka.connections.plaintext, failed, 8)
  const places = records.map(record => headersAsText(record as never)['kafka-functions.partition'])
  expect(places.toSorted()).toEqual(['0', '0', '1', '1', '2', '2', '3', '3'])
})

// Topics for failed records may be in another cluster than the topics of the records, or outlive these.
test('a topic is created in a cluster that doesn’t have the topics of its records', async () => {
  const failed = uniqueName('failed')
  expect(await start('dump', { ABNORMAL_DATA_TOPIC: failed }).invoke(undecodable(uniqueName('elsewhere'), 2))).toEqual(
    {},
  )
  expect((await admin.topicSettings([failed])).get(failed)).toEqual({ 'cleanup.policy': 'delete' })
  expect(await readTopic(kafka.connections.plaintext, failed, 2)).toHaveLength(2)
})

test('a topic that exists stays as it is', async () => {
  const failed = uniqueName('failed')
  const settings = { 'retention.ms': '86400000' }
  await admin.createTopic({ topic: failed, partitions: 1, replicas: 1, settings })
  const function_ = start('dump', { ABNORMAL_DATA_TOPIC: failed, FAILURE_TOPIC_PARTITIONS: '2' })
  expect(await function_.invoke(undecodable('orders'))).toEqual({})
  expect(await admin.partitionCount(failed)).toBe(1)
  expect((await admin.topicSettings([failed])).get(failed)).toEqual(settings)
  expect(await function_.stop()).not.toContain('Topic for failed records created')
})

test('without the permission the error has the command, and after that the same instance continues', async () => {
  const failed = uniqueName('failed')
  const { saslSslScram512: bob } = kafka.connections
  const compacted = { FAILURE_TOPIC_CLEANUP_POLICY: 'compact' }
  const function_ = start('dump', { ...clusterEnvironment('SOURCE', bob), ABNORMAL_DATA_TOPIC: failed, ...compacted })
  const refused = async (finding: string) =>
    expect(await function_.invoke(undecodable('orders'))).toMatchObject({
      error: {
        name: 'DEAD_LETTER_UNREACHABLE',
        message: expect.stringMatching(
          `^1 failed records could not be put into the topic ${failed}: ${finding} ` +
            `With a login that may create it, run: kafka-topics.sh --bootstrap-server ${bob.brokers} ` +
            `--command-config client.properties --create --topic ${failed} --partitions 1 --config cleanup.policy=compact$`,
        ),
      },
    })
  await refused('The topic does not exist, or DESCRIBE is not allowed. Could not ask for it: .*')
  const write = { operation: aclOperations.WRITE, permission: aclPermissions.ALLOW }
  await admin.addTopicAcls([{ topic: failed, principal: 'User:bob', host: '*', ...write }])
  await untilApplied(kafka.connections.plaintext)
  await refused('The topic does not exist. Could not create it: .*')
  expect(await admin.partitionCount(failed)).toBeUndefined()
  await admin.createTopic({ topic: failed, partitions: 1, replicas: 1, settings: {} })
  expect(await function_.invoke(undecodable('orders'))).toEqual({})
  expect(await readTopic(kafka.connections.plaintext, failed, 1)).toHaveLength(1)
})

test.each(['delete', 'compact,delete'])(
  'the command is one that Kafka’s own tool takes, with %s',
  async cleanupPolicy => {
    const topic = failureTopic(uniqueName('failed'), { partitions: 2, cleanupPolicy })
    const [program, ...options] = creationCommand(topic, kafka.connections.plaintext).split(' ')
    expect(program).toBe('kafka-topics.sh')
    const { classpath } = await resolveJars('mirror-maker', silent)
    const java = [...javaOptions, '-cp', classpath, 'org.apache.kafka.tools.TopicCommand']
    await promisify(execFile)('java', [...java, ...options])
    expect(await admin.partitionCount(topic.topic)).toBe(2)
    expect((await admin.topicSettings([topic.topic])).get(topic.topic)).toEqual(topic.settings)
  },
)

test('a cluster that accepts connections and never answers takes no longer than there is time', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const silent = { ...kafka.connections.plaintext, brokers: [`127.0.0.1:${port}`] }
  const ensure = createFailureTopics(silent, {
    ...{ partitions: 1, cleanupPolicy: 'delete', clientId: 'test' },
    onCreated: () => {},
  })
  await expect(ensure('failed', [], Date.now() + 1_500)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
  server.close()
})
