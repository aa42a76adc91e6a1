import { Producer } from '@platformatic/kafka'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'
import { API_VERSIONS, HEARTBEAT, JOIN_GROUP, startLossyProxy } from '../support/lossy-proxy.ts'
import { Cluster, places, until, withCluster } from '../support/offline-polling.ts'
import { stack } from '../support/stack.ts'

const values = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`)

test('SASL_SSL with SCRAM-SHA-512', async () => {
  await withCluster(stack.connections.saslSslScram512, async cluster => {
    const [topic, failed] = [await cluster.createTopic(1), await cluster.createTopic(1)]
    await cluster.produce(topic, 0, values(10))
    const fail = () => {
      throw new Error('poison')
    }
    // The producer for what fails has to reach the cluster, too.
    cluster.poll(topic, fail, { maximumRetryAttempts: 0, onFailureDestination: `kafka://${failed}` })
    const polling = cluster.poll(failed, () => undefined)
    await until(() => polling.received.length === 10, 'all records are delivered')
  })
})

test('a wrong password is said, and not shown', async () => {
  const { sasl, ...connection } = stack.connections.saslSslScram512
  if (!sasl) throw new Error('this listener has users')
  const cluster = new Cluster({ ...connection, sasl: { ...sasl, password: 'wrong-secret' } })
  const polling = cluster.poll('any', () => undefined)
  try {
    await until(() => polling.lines.some(line => line.includes('invalid credentials')), 'the poller says so')
  } finally {
    await cluster.stopAll()
  }
  expect(polling.lines.join()).not.toContain('wrong-secret')
})

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('records compressed with %s are read', async compression => {
  await withCluster(stack.connections.plaintext, async cluster => {
    const topic = await cluster.createTopic(1)
    const bootstrapBrokers = cluster.connection.brokers
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: 'compressing',
      bootstrapBrokers,
      compression,
    })
    await producer.send({ messages: values(100).map(value => ({ topic, value: Buffer.from(value), partition: 0 })) })
    await producer.close()
    const polling = cluster.poll(topic, () => undefined)
    await until(() => polling.received.length === 100, 'all records are delivered')
  })
})

/** The other client asks in later versions. */
const AFTER_KAFKAJS = 3

// kafkajs takes a connection for one that works from then on, and says “Broker not connected” each time it uses it.
test('a connection on which a broker never answers is left behind', async () => {
  const { plaintext } = stack.connections
  const proxy = await startLossyProxy(plaintext.brokers[0] as string)
  const proxied = new Cluster({ ...plaintext, brokers: proxy.brokers })
  try {
    await withCluster(plaintext, async cluster => {
      const topic = await cluster.createTopic(1)
      await cluster.produce(topic, 0, values(10))
      const unanswered = proxy.hold(API_VERSIONS, 'request', AFTER_KAFKAJS)
      const polling = proxied.poll(topic, () => undefined)
      await unanswered.begun
      await until(() => polling.received.length === 10, 'all records are delivered')
      await proxied.stopAll()
    })
  } finally {
    await proxied.stopAll()
    await proxy.stop()
  }
})

// kafkajs reads on without a membership then, which nobody tells it: it has no heartbeats, and its commits fail.
test('a member that its group has put out, and whose request to join gets lost, joins later', async () => {
  const { plaintext } = stack.connections
  const proxy = await startLossyProxy(plaintext.brokers[0] as string)
  const proxied = new Cluster({ ...plaintext, brokers: proxy.brokers })
  try {
    await withCluster(plaintext, async cluster => {
      const topic = await cluster.createTopic(1)
      const { groupId } = proxied.poll(topic, () => undefined)
      const commits = (count: number) =>
        until(async () => (await cluster.committed(groupId, topic))[0] === count, `${count} records are committed`)
      await cluster.produce(topic, 0, values(1))
      await commits(1)
      const heartbeat = proxy.hold(HEARTBEAT, 'request')
      await heartbeat.begun
      await until(async () => (await cluster.members(groupId)) === 0, 'the group has put the member out')
      const join = proxy.hold(JOIN_GROUP, 'request')
      heartbeat.release()
      await join.begun
      proxy.disconnect()
      await cluster.produce(topic, 0, values(1))
      await commits(2)
      await proxied.stopAll()
    })
  } finally {
    await proxied.stopAll()
    await proxy.stop()
  }
})

describe('a broker', () => {
  let broker: KafkaBroker

  beforeAll(async () => {
    broker = await startKafka({ heapMb: 384 })
  })
  afterAll(() => broker.stop())

  test('may restart: the poller continues by itself', async () => {
    await withCluster(broker.connections.plaintext, async cluster => {
      const topic = await cluster.createTopic(2)
      await cluster.produce(topic, 0, values(10))
      const polling = cluster.poll(topic, () => undefined)
      await until(
        async () => (await cluster.committed(polling.groupId, topic))[0] === 10,
        'the first batch is committed',
      )
      await broker.restart()
      await until(() => cluster.produce(topic, 1, values(10)).then(() => true), 'the broker takes records')
      await until(
        async () => (await cluster.committed(polling.groupId, topic))[1] === 10,
        'the second batch is committed',
      )
      expect(polling.received).toEqual([...places(0, 0, 9), ...places(1, 0, 9)])
    })
  })

  test('may restart while a function runs: its batch is committed afterwards, and does not come again', async () => {
    await withCluster(broker.connections.plaintext, async cluster => {
      const topic = await cluster.createTopic(1)
      await cluster.produce(topic, 0, values(10))
      const polling = cluster.poll(topic, () => broker.restart())
      await until(async () => (await cluster.committed(polling.groupId, topic))[0] === 10, 'the batch is committed')
      expect(polling.received).toEqual(places(0, 0, 9))
    })
  })
})
