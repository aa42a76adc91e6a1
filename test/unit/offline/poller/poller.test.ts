import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { ConsumerOptions } from '../../../../lib/kafka/read/consumer.ts'
import { undeclaredRules } from '../../../../lib/offline/mapping/event-source-mapping.ts'

/** A cluster in this process: how many records wait there, and the consumers, of which the second takes its time to leave. */
const waiting = { records: 1_000 }
const left: number[] = []
const { promise: secondLeaves, resolve } = Promise.withResolvers<void>()
let consumers = 0

jest.unstable_mockModule('../../../../lib/kafka/read/consumer.ts', () => ({
  createConsumer: (_: unknown, { onAssigned }: ConsumerOptions) => {
    const number = ++consumers
    return {
      start: async () => onAssigned([number - 1]),
      async stop() {
        if (number === 2) {
          resolve()
          await sleep(200)
        }
        left.push(number)
      },
    }
  },
}))
jest.unstable_mockModule('../../../../lib/kafka/admin/group-offsets.ts', () => ({
  createGroupOffsets: () => ({
    committed: async () => new Map(),
    bounds: async () => new Map([['orders', new Map([[0, { start: 0, end: waiting.records }]])]]),
    close: async () => {},
  }),
}))
jest.unstable_mockModule('../../../../lib/kafka/admin/admin.ts', () => ({
  createAdmin: () => ({ partitionCount: async () => 2 }),
}))
const { Poller } = await import('../../../../lib/offline/poller/poller.ts')

// The process ended before the commit of a poller that was no longer needed, so that its last batch came twice.
test('a stop waits for a poller that is leaving because nothing waits for it', async () => {
  const log = {
    ...{ info() {}, warning() {}, error() {} },
    notice(line: string) {
      if (line.includes(' 2 pollers')) waiting.records = 0
    },
  }
  const poller = new Poller({
    mapping: {
      ...{ functionKey: 'dump', functionName: 'shop-dev-dump', eventSource: 'SelfManagedKafka', bootstrapServers: [] },
      ...{ topic: 'orders', consumerGroupId: 'group', batchSize: 10, batchingWindowMs: 100, ...undeclaredRules },
      provisionedPollers: { minimum: 1, maximum: 2 },
    },
    connection: { brokers: ['127.0.0.1:9092'], securityProtocol: 'PLAINTEXT' },
    ...{ invoke: async () => undefined, onLag() {}, log, lagPauseMs: 1 },
  })
  await poller.start()
  await secondLeaves
  await poller.stop()
  expect(left).toEqual([1, 2])
})
