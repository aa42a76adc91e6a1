import { CodedError } from '../../../lib/error.ts'
import type { NewTopic } from '../../../lib/kafka/admin/new-topic.ts'
import { createTargetTopics, type TargetTopicsOptions } from '../../../lib/replication/target-topics.ts'

/** A target whose topics have so many partitions, and what was asked of it. */
function target(partitions: Map<string, number>, changes: Partial<TargetTopicsOptions['target']> = {}) {
  const asked: string[] = []
  const cluster = {
    clusterId: async () => 'target',
    partitionCount: async (topic: string) => partitions.get(topic),
    async createTopic({ topic, partitions: count }: NewTopic) {
      asked.push(`create ${topic} with ${count}`)
      partitions.set(topic, count)
    },
    validateTopic: async () => {},
    async addPartitions(counts: ReadonlyMap<string, number>) {
      for (const [topic, count] of counts) {
        asked.push(`grow ${topic} to ${count}`)
        partitions.set(topic, count)
      }
      return new Map<string, CodedError>()
    },
    ...changes,
  }
  const logger = { info() {}, warn() {}, error() {} }
  const topics = createTargetTopics({
    target: cluster,
    replicas: -1,
    settings: { replicated: () => ({}) } as never,
    logger,
  })
  return { topics, asked }
}

const readyFor = ({ topics }: ReturnType<typeof target>, partition: number) =>
  topics.ready('orders', 'source.orders', partition + 1)

const hundred = Array.from({ length: 100 }, (_, partition) => partition)

// An event of 10,000 topic-partitions took minutes, and a request for each of them.
test('a topic is created once for all partitions that arrive together, when the source cluster is not known', async () => {
  const cluster = target(new Map())
  expect(await Promise.all(hundred.map(partition => readyFor(cluster, partition)))).toEqual(hundred.map(() => 100))
  expect(cluster.asked).toEqual(['create source.orders with 100'])
})

test('a topic grows once for all partitions that arrive together', async () => {
  const cluster = target(new Map([['source.orders', 3]]))
  await Promise.all(hundred.map(partition => readyFor(cluster, partition)))
  expect(cluster.asked).toEqual(['grow source.orders to 100'])
})

// Partitions stopped, or their records were put aside: "currently has 88 partition(s); 85 would not be an increase".
test('a topic that has grown while the brokers don’t know it is waited for', async () => {
  const refusal = Object.assign(new Error('85 would not be an increase'), { apiId: 'INVALID_PARTITIONS' })
  const addPartitions = async () =>
    new Map([['source.orders', new CodedError('KAFKA_REJECTED', refusal.message, { cause: refusal })]])
  const cluster = target(new Map([['source.orders', 80]]), { addPartitions })
  await expect(readyFor(cluster, 84)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true })
})

test('a topic that may not grow is refused', async () => {
  const denied = new CodedError('KAFKA_ACCESS_DENIED', 'ALTER is not allowed')
  const cluster = target(new Map([['source.orders', 80]]), {
    addPartitions: async () => new Map([['source.orders', denied]]),
  })
  await expect(readyFor(cluster, 84)).rejects.toBe(denied)
})
