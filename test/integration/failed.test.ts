import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { Kafka, logLevel } from 'kafkajs'
import { connectorClusters } from '../../lib/connectors/commands/connector-clusters.ts'
import { createDeployment } from '../../lib/connectors/commands/deployment.ts'
import { openFailures } from '../../lib/connectors/commands/opened-failures.ts'
import { openMarks } from '../../lib/connectors/commands/opened-marks.ts'
import { ProgressLine } from '../../lib/connectors/commands/progress-line.ts'
import type { Connector } from '../../lib/connectors/declaration/connector.ts'
import { checkEnvironment } from '../../lib/connectors/resources/environment.ts'
import { createDeadLetter } from '../../lib/delivery/dead-letter.ts'
import { failedRecordsLines } from '../../lib/delivery/failed-records-line.ts'
import { CodedError, type ErrorCode } from '../../lib/error.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createEventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import type { KafkaRecord, OutgoingRecord } from '../../lib/record.ts'
import type { FetchedRecords } from '../../lib/redrive/failed-records.ts'
import { fetchRecords } from '../../lib/redrive/fetch-records.ts'
import { listFailed } from '../../lib/redrive/list-failed.ts'
import { openBucket } from '../../local/bucket.ts'
import { createTopics } from '../../local/topics.ts'
import { awkwardRecord, awkwardRecords } from '../support/awkward-records.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { commandContext, dump, read } from '../support/connectors.ts'
import { bucketDocument, notification, queueDocument, topicDocument } from '../support/failure-documents.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { createFunction, lambdaOf } from '../support/moto-function.ts'
import { type PrintedOptions, performed } from '../support/printed-documents.ts'
import { recordsOfJava } from '../support/producer-oracle.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

const { plaintext } = stack.connections
const bucket = uniqueName('failed')
const region = 'eu-central-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
let moto: Moto

beforeAll(async () => {
  moto = await startMoto()
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
})

afterAll(() => moto?.stop())

const config = () => ({ endpoint: moto.endpoint, region, credentials })

/** A connector that is deployed to moto and reads the tests' cluster. */
class DeployedConnector {
  readonly service = uniqueName('lake-dev')
  readonly connector: Connector
  readonly deployment = createDeployment(this.service, config(), { isLocal: false })
  readonly #producer = createProducer(plaintext, { clientId: 'test' })

  constructor(topics: string[], declared: object = {}) {
    const to = { bucket: undefined, createBucket: true }
    const [connector] = read({ flow: dump({ source: { topics, bootstrapServers: ['b-1:9098'] }, to, ...declared }) })
    this.connector = connector as Connector
    // As if it were deployed: only CloudFormation knows the bucket's name.
    const { endpoint = '', credentials } = stack.store
    const all = Object.entries(checkEnvironment(this.connector, this.service, 'group'))
    const own = all.filter(([name]) => !name.startsWith('SOURCE_'))
    const environment = {
      ...Object.fromEntries(own.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
      ...clusterEnvironment('SOURCE', plaintext),
      ...{ S3_BUCKET: bucket, S3_ENDPOINT: endpoint, OBJECT_PREFIX: this.service },
      ...{ S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '', S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '' },
    }
    this.deployment.environmentOf = async () => environment
  }

  get functionName(): string {
    return this.deployment.functionName(this.connector)
  }

  /** Makes the function with a mapping for each topic. */
  async deploy(destinations: Record<string, string>): Promise<void> {
    await createFunction(moto, this.functionName)
    const mappings = createEventSourceMappings(lambdaOf(moto))
    for (const [topic, Destination] of Object.entries(destinations)) {
      const blueprint = {
        EventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/1',
        DestinationConfig: { OnFailure: { Destination } },
      }
      await mappings.create(this.functionName, topic, blueprint)
    }
  }

  send(topic: string, records: OutgoingRecord[]): Promise<unknown> {
    return this.#producer.send(topic, records, Date.now() + 60_000)
  }

  async putAside(topic: string, records: KafkaRecord[], code: ErrorCode, connector = 'flow'): Promise<void> {
    const failed = records.map(record => ({ record, error: new CodedError(code, 'no') }))
    const deadLetter = createDeadLetter(topic, connector, this.#producer)
    expect(await deadLetter.put(failed, Date.now() + 60_000)).toEqual([])
  }

  /** Logs lines about failed records, as the function would. */
  async log(
    records: KafkaRecord[],
    message: 'Records left in Kafka' | 'Partition stopped',
    errorCode: ErrorCode = 'STORE_REJECTED',
  ): Promise<void> {
    const logs = new CloudWatchLogsClient(config())
    const group = { logGroupName: `/aws/lambda/${this.functionName}`, logStreamName: uniqueName('a') }
    await logs.send(new CreateLogGroupCommand(group)).catch(() => {})
    await logs.send(new CreateLogStreamCommand(group))
    const offsets = records.map(({ offset }) => offset)
    const [{ topic, partition }] = records as [KafkaRecord]
    const facts = { message, topic, partition, policy: 'log', errorCode, errorMessage: 'no' } as const
    const lines = failedRecordsLines(facts, offsets).map(line => ({ level: 'ERROR', ...line, connector: 'flow' }))
    const logEvents = ['START', ...lines.map(line => JSON.stringify(line))].map(text => ({
      message: text,
      timestamp: Date.now(),
    }))
    await logs.send(new PutLogEventsCommand({ ...group, logEvents }))
  }

  /** What the command prints. */
  async printed(options: PrintedOptions = {}): Promise<string> {
    let text = ''
    const write = (written: string) => {
      text += written
    }
    const context = { ...commandContext([this.connector], undefined, write), deployment: this.deployment }
    await performed('failed', context, { name: 'flow', ...options }, () => text)
    return text
  }

  /** Lists everything and gets it back. */
  async fetched(): Promise<FetchedRecords> {
    const { connector, deployment } = this
    const clusters = await connectorClusters(connector, deployment)
    const marks = await openMarks(connector, deployment, clusters, () => {})
    const failures = await openFailures({
      ...{ connector, deployment, clusters, marks, report() {} },
      progress: new ProgressLine(),
    })
    const all: FetchedRecords = { records: [], gone: [], refused: [] }
    for await (const part of listFailed(failures)) {
      for await (const { records, gone, refused } of fetchRecords(failures, part)) {
        for (const record of records) all.records.push(record)
        for (const run of gone) all.gone.push(run)
        for (const one of refused) all.refused.push(one)
      }
    }
    await failures.close()
    return all
  }

  close(): Promise<void> {
    return this.#producer.close()
  }
}

/** What a broker takes with its defaults. */
const awkward = Object.values(awkwardRecords)
  .filter(({ timestamp = 0, value }) => timestamp >= -1 && (value?.length ?? 0) < 1_000_000)
  .map((fields, index) => awkwardRecord({ ...fields, partition: 0 }, index))

/** Makes a topic with one partition and awkward records. */
async function filled(name: string, flow: DeployedConnector): Promise<KafkaRecord[]> {
  await flow.send(name, awkward)
  return await recordsOfJava(plaintext.brokers, name)
}

const byPlace = (records: KafkaRecord[]) =>
  records.toSorted((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset)

test('failed records of all kinds are listed once and come back as they were', async () => {
  const topics = await Promise.all(['a', 'b', 'c', 'd'].map(name => createTopic(name)))
  const [inQueue, inBucket, inTopic] = topics as [string, string, string]
  const dead = await createTopic('dead', 2)
  const flow = new DeployedConnector(topics, { deadLetter: dead, concurrency: {} })
  const { functionName } = flow
  const [queue, documents] = [uniqueName('queue'), uniqueName('documents')]
  await flow.deploy({
    [inQueue]: `arn:aws:sqs:${region}:123456789012:${queue}`,
    [inBucket]: `arn:aws:s3:::${documents}`,
    [inTopic]: `kafka://${dead}`,
  })
  const all = await Promise.all(topics.map(topic => filled(topic, flow)))
  const [ofQueue, ofBucket, ofTopic, ofLog] = all as [KafkaRecord[], KafkaRecord[], KafkaRecord[], KafkaRecord[]]

  const sqs = new SQSClient(config())
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue }))
  for (const MessageBody of [
    queueDocument(ofQueue.slice(0, 5), { functionName, condition: 'MaximumPayloadSizeExceeded' }),
    notification(queueDocument(ofQueue.slice(8, 10), { functionName })),
    queueDocument(ofQueue.slice(10, 12), { functionName: 'another' }),
  ]) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  }
  const s3 = new S3Client({ ...config(), forcePathStyle: true })
  await s3.send(
    new CreateBucketCommand({ Bucket: documents, CreateBucketConfiguration: { LocationConstraint: region } }),
  )
  const Body = bucketDocument([ofBucket[1], ofBucket[4]] as KafkaRecord[], { functionName })
  await s3.send(new PutObjectCommand({ Bucket: documents, Key: 'aws/lambda/uuid/a', Body }))
  await flow.send(dead, [
    { ...(ofTopic[2] as KafkaRecord), value: Buffer.from(topicDocument(ofTopic[2] as KafkaRecord, { functionName })) },
  ])
  await flow.putAside(dead, ofTopic.slice(5), 'VALUE_UNDECODABLE')
  await flow.putAside(dead, ofTopic.slice(5, 7), 'VALUE_UNDECODABLE', 'another')
  await flow.log(ofLog.slice(3, 6), 'Records left in Kafka')
  // The log names what the topic has, too.
  await flow.log(ofTopic.slice(5), 'Records left in Kafka', 'VALUE_UNDECODABLE')

  const expected = [
    ...ofQueue.slice(0, 5),
    ...ofQueue.slice(8, 10),
    ...[ofBucket[1], ofBucket[4], ofTopic[2]],
    ...ofTopic.slice(5),
    ...ofLog.slice(3, 6),
  ] as KafkaRecord[]
  const { records, gone, refused } = await flow.fetched()
  expect(byPlace(records.map(({ record }) => record))).toEqual(byPlace(expected))
  expect({ gone, refused }).toEqual({ gone: [], refused: [] })
  // The documents are as visible as before.
  const received = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  )
  expect(received.Messages).toHaveLength(3)

  const document = JSON.parse(await flow.printed({ json: true }))
  expect(document).toMatchObject({ schema: 1, connector: 'flow', problems: [] })
  expect(document.totals).toEqual({
    MaximumPayloadSizeExceeded: 5,
    RetryAttemptsExhausted: 5,
    STORE_REJECTED: 3,
    VALUE_UNDECODABLE: ofTopic.length - 5,
  })
  const table = await flow.printed()
  expect(table).toMatch(
    new RegExp(`${inQueue} +0 +0-4 +5 +MaximumPayloadSizeExceeded +Kafka, named by a document in SQS +yes +2026`),
  )
  expect(table).toMatch(
    new RegExp(`${inTopic} +0 +5-\\d+ +${ofTopic.length - 5} +VALUE_UNDECODABLE +topic ${dead} +yes`),
  )
  await flow.close()
})

test('what retention has deleted is gone, and a topic created again has other records', async () => {
  const kafka = new Kafka({ ...kafkajsConfig(plaintext), clientId: 'test', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const [short, anew, stopped] = [await createTopic('short'), uniqueName('anew'), await createTopic('stopped')]
  const flow = new DeployedConnector([short, anew, stopped])
  await flow.deploy({ [short]: '' })
  const make = () => createTopics(plaintext, { [anew]: 1 })
  await make()
  const [ofShort, ofAnew, ofStopped] = [
    await filled(short, flow),
    await filled(anew, flow),
    await filled(stopped, flow),
  ]
  await flow.log(ofShort.slice(0, 4), 'Records left in Kafka')
  await flow.log(ofAnew.slice(0, 2), 'Records left in Kafka')
  await flow.log(ofStopped.slice(2, 6), 'Partition stopped')
  // It deletes only in topics whose leaders this client has asked for.
  await admin.fetchTopicOffsets(short)
  await admin.deleteTopicRecords({ topic: short, partitions: [{ partition: 0, offset: '2' }] })
  await createAdmin(plaintext, 'test').deleteTopic(anew)
  await make()
  await flow.send(anew, [awkwardRecord({ partition: 0, timestamp: Date.now() + 3_600_000 }, 0)])
  const groupId = `${flow.service}-flow-${stopped}`
  await admin.setOffsets({ groupId, topic: stopped, partitions: [{ partition: 0, offset: '4' }] })

  const { records, gone, refused } = await flow.fetched()
  expect(records.map(({ record }) => record)).toEqual(ofShort.slice(2, 4))
  expect(gone.toSorted()).toEqual(
    [
      [0, 2],
      [1, 1],
    ].toSorted(),
  )
  expect(refused).toMatchObject([
    { offsets: [[0, 1]], reason: expect.stringContaining('created again') },
    { offsets: [[4, 2]], reason: expect.stringContaining('trigger') },
  ])
  const table = await flow.printed()
  expect(table).toMatch(new RegExp(`${short} +0 +0-3 +4 +STORE_REJECTED +Kafka, named by the log +all but 2`))
  expect(table).toMatch(new RegExp(`${stopped} +0 +4-5 +2 +STORE_REJECTED +Kafka, waiting for the trigger +yes`))
  await admin.disconnect()
  await flow.close()
})
