import { randomUUID } from 'node:crypto'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { parseFailureDocument } from '../../lib/redrive/failure-document.ts'
import { openQueue } from '../../lib/sqs/queue.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { Cluster, type Polling, until } from '../support/offline-polling.ts'

const cluster = new Cluster()
let moto: Moto
let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } }
/** Read by mappings with a destination each; all of its records fail. */
let topic: string
let failedTopic: string
let given: Record<'queue' | 'notifications' | 'bucket' | 'topic', Polling>
const BUCKET = 'failed'
const uuid = randomUUID()
const former = { ...process.env }

beforeAll(async () => {
  ;[moto] = await Promise.all([startMoto(), cluster.open()])
  Object.assign(process.env, moto.environment)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  client = { endpoint: moto.endpoint, region: 'eu-central-1', credentials }
  await Promise.all([queueCalled('failed'), subscribedTopic(), fetch(`${moto.endpoint}/${BUCKET}`, { method: 'PUT' })])
  ;[topic, failedTopic] = await Promise.all([poisoned(), cluster.createTopic(1)])
  const [queue, notifications, bucket, topicItself] = await Promise.all([
    pollUntilGivenUp(arnOf('sqs', 'failed')),
    pollUntilGivenUp(arnOf('sns', 'failed')),
    pollUntilGivenUp(`arn:aws:s3:::${BUCKET}`),
    pollUntilGivenUp(`kafka://${failedTopic}`),
  ])
  given = { queue, notifications, bucket, topic: topicItself }
})
afterAll(async () => {
  process.env = former
  await Promise.all([moto?.stop(), cluster.close()])
})

const fail = () => {
  throw new Error('poison')
}
const iso = (timestamp: number) => new Date(timestamp).toISOString()
const FIRST = 1_545_084_650_987

/** A topic with three records. */
async function poisoned(): Promise<string> {
  const topic = await cluster.createTopic(2)
  const at = (timestamp: number) => String(timestamp)
  await cluster.produce(topic, 0, [
    { key: 'key', value: 'poison', timestamp: at(FIRST), headers: { h: Buffer.from([255, 0]) } },
    { key: null, value: null, timestamp: at(FIRST + 1_000) },
  ])
  await cluster.produce(topic, 1, [{ key: 'other', value: 'ë', timestamp: at(FIRST + 5) }])
  return topic
}

/** Fails everything, and waits until it is committed. */
async function pollUntilGivenUp(onFailureDestination: string): Promise<Polling> {
  // The window lets one batch have all three.
  const mapping = { maximumRetryAttempts: 1, batchingWindowMs: 5_000, onFailureDestination }
  const polling = cluster.poll(topic, fail, mapping, { uuid })
  await until(async () => (await cluster.committed(polling.groupId, topic)).join() === '2,1', 'all is committed')
  expect(polling.events).toHaveLength(2)
  return polling
}

const arnOf = (service: string, name: string) => `arn:aws:${service}:eu-central-1:123456789012:${name}`

async function queueCalled(QueueName: string): Promise<void> {
  await new SQSClient(client).send(new CreateQueueCommand({ QueueName }))
}

/** A topic of SNS whose messages go to a queue. */
async function subscribedTopic(): Promise<void> {
  const sns = new SNSClient(client)
  await queueCalled('subscribed')
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'failed' }))
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arnOf('sqs', 'subscribed') }))
}

async function bodiesIn(queue: string): Promise<string[]> {
  const bodies: string[] = []
  for await (const { body } of openQueue(arnOf('sqs', queue), client).messages()) bodies.push(body)
  return bodies
}

const invocation = (condition: string, version = '') => ({
  requestContext: {
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    functionArn: `arn:aws:lambda:us-east-1:000000000000:function:shop-dev-dump${version}`,
    condition,
    approximateInvokeCount: 2,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
})

/** AWS Lambda Developer Guide, "SNS and SQS example invocation record": every field of it, and no other. */
const batchDocument = (payload = '') => ({
  ...invocation('RetryAttemptsExhausted'),
  KafkaBatchInfo: {
    batchSize: 3,
    bootstrapServers: cluster.connection.brokers.join(),
    payloadSize: Buffer.byteLength(payload),
    recordsInfo: {
      [`${topic}-0`]: {
        firstRecordOffset: '0',
        lastRecordOffset: '1',
        firstRecordTimestamp: iso(FIRST),
        lastRecordTimestamp: iso(FIRST + 1_000),
      },
      [`${topic}-1`]: {
        firstRecordOffset: '0',
        lastRecordOffset: '0',
        firstRecordTimestamp: iso(FIRST + 5),
        lastRecordTimestamp: iso(FIRST + 5),
      },
    },
  },
})

test('a queue of SQS gets one message about the batch', async () => {
  const [body = '', ...others] = await bodiesIn('failed')
  expect(others).toEqual([])
  expect(JSON.parse(body)).toEqual(batchDocument(given.queue.payloads[0]))
  expect(given.queue.lines.at(-1)).toContain('goes to the queue failed: its retries are used up')
  // What redrives failed records reads it.
  expect(parseFailureDocument(body)).toMatchObject({
    functionName: 'shop-dev-dump',
    condition: 'RetryAttemptsExhausted',
  })
})

test('a topic of SNS gets one message about the batch', async () => {
  const [body = '', ...others] = await bodiesIn('subscribed')
  expect(others).toEqual([])
  expect(JSON.parse(JSON.parse(body).Message)).toEqual(batchDocument(given.notifications.payloads[0]))
})

test('a bucket gets an object with the whole event as text', async () => {
  const s3 = new S3Client({ ...client, forcePathStyle: true })
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  const time = String.raw`\d{4}/\d\d/\d\d/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d`
  expect(Contents.map(({ Key }) => Key)).toEqual([
    expect.stringMatching(new RegExp(`^aws/lambda/${uuid}/${time}-[0-9a-f-]{36}$`)),
  ])
  const object = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: Contents[0]?.Key }))
  const text = (await object.Body?.transformToString()) ?? ''
  const [payload] = given.bucket.payloads
  expect(JSON.parse(text)).toEqual({ ...batchDocument(payload), payload })
  expect(parseFailureDocument(text)?.batches).toHaveLength(2)
})

test('a Kafka topic gets a document for each record, with its key and its event', async () => {
  const messages = (await cluster.read(failedTopic, 3)).get(0) ?? []
  const [event] = given.topic.events
  const records = Object.entries(event?.records ?? {}).flatMap(([name, list]) => list.map(record => ({ name, record })))
  expect(messages.map(({ key }) => key?.toString('base64'))).toEqual(records.map(({ record }) => record.key))
  expect(messages.map(({ value }) => JSON.parse(String(value)))).toEqual(
    records.map(({ name, record }) => {
      const payload = { ...event, records: { [name]: [record] } }
      return {
        ...invocation('RetriesExhausted', ':$LATEST'),
        KafkaBatchInfo: {
          batchSize: 1,
          bootstrapServers: cluster.connection.brokers.join(),
          payloadSize: Buffer.byteLength(JSON.stringify(payload)),
          recordInfo: { offset: String(record.offset), timestamp: iso(record.timestamp) },
        },
        payload,
      }
    }),
  )
  for (const { value } of messages) {
    expect(parseFailureDocument(String(value))?.batches).toMatchObject([{ topic, records: [{}] }])
  }
})

test('a Kafka topic gets only the place of a record that is too large for its messages', async () => {
  const [large, failed] = await Promise.all([cluster.createTopic(1), cluster.createTopic(1)])
  await cluster.produce(large, 0, [Buffer.alloc(8_000_000, 1)])
  const polling = cluster.poll(large, () => undefined, { onFailureDestination: `kafka://${failed}` })
  const [message] = (await cluster.read(failed, 1)).get(0) ?? []
  const document = JSON.parse(String(message?.value))
  expect(document).toMatchObject({
    requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
    responseContext: null,
    KafkaBatchInfo: { batchSize: 1, recordInfo: { offset: '0' } },
  })
  expect(document).not.toHaveProperty('payload')
  expect(polling.events).toEqual([])
})

test('what a destination does not take is kept until it does', async () => {
  const mapping = { maximumRetryAttempts: 0, onFailureDestination: arnOf('sqs', 'later') }
  const polling = cluster.poll(topic, fail, mapping)
  await until(() => polling.lines.some(line => line.includes('could not be put aside')), 'the poller says so')
  expect(await cluster.committed(polling.groupId, topic)).toContain(-1)
  expect(polling.lastResult).toMatch(/^PROBLEM/)
  await queueCalled('later')
  await until(async () => (await cluster.committed(polling.groupId, topic)).join() === '2,1', 'all is committed')
  expect((await bodiesIn('later')).length).toBeGreaterThan(0)
  await until(() => polling.lastResult === 'OK', 'the mapping says so')
})
