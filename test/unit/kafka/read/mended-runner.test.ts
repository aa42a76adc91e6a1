import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import kafkajs from 'kafkajs'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import Runner from 'kafkajs/src/consumer/runner.js'
import { mended } from '../../../../lib/kafka/read/mended-runner.ts'

const run = promisify(execFile)
const mending = new URL('../../../../lib/kafka/read/mended-runner.ts', import.meta.url).href
const require = createRequire(import.meta.url)

// In a process of its own: it would never end, nor take a signal of Node.js.
test('a consumer that is stopped while kafkajs makes its fetchers again, as the brokers have changed, ends', async () => {
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises'
    import kafkajs from ${JSON.stringify(require.resolve('kafkajs'))}
    import Runner from ${JSON.stringify(require.resolve('kafkajs/src/consumer/runner.js'))}
    import { mended } from ${JSON.stringify(mending)}
    const cluster = {}
    mended(kafkajs.PartitionAssigners.roundRobin)({ cluster })
    let brokers = [1, 2]
    let left = false
    const consumerGroup = {
      ...{ cluster, groupId: 'group', async connect() {}, async joinAndSync() {}, async heartbeat() {} },
      getNodeIds: () => brokers,
      async leave() { left = true },
      // The first broker is slow, so that the fetchers wait for it before they are made again.
      async fetch(broker) { await sleep(broker === 1 ? 500 : 10); return [] },
    }
    const logger = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => logger }
    const consumer = new Runner({
      logger, consumerGroup, instrumentationEmitter: { emit() {} }, heartbeatInterval: 1_000, autoCommit: false,
      retry: { retries: 0 }, onCrash() {}, eachBatch() {},
    })
    await consumer.start()
    await sleep(100)
    brokers = [1, 3]
    await sleep(100)
    await consumer.stop()
    console.log(left ? 'left' : 'still there')`
  const options = { timeout: 20_000, killSignal: 'SIGKILL' } as const
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], options)
  expect(stdout).toBe('left\n')
})

describe('two consumers of one process', () => {
  const lost = new kafkajs.KafkaJSError('the connection is lost')
  const ours = groupWithout(lost)
  const other = groupWithout(lost)
  mended(kafkajs.PartitionAssigners.roundRobin)({ cluster: ours.cluster } as never)

  test('the mended one crashes when it can’t join, with what kafkajs decides by whether it starts it again', async () => {
    await expect(ours.joinAndSync()).rejects.toMatchObject({ retriable: false, cause: lost })
  })

  test('the mended one learns by its next heartbeat that it is no member, as if the coordinator had said so', async () => {
    await expect(ours.heartbeat({ interval: 0 })).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' })
  })

  test('the other one stays as kafkajs has it', async () => {
    await expect(other.joinAndSync()).rejects.toBe(lost)
    await expect(other.heartbeat({ interval: 0 })).resolves.toBeUndefined()
    const stopped = Object.assign(Object.create(Runner.prototype), {
      ...{ running: false, consumerGroup: other, logger: other.logger },
    })
    await expect(stopped.fetch(1)).resolves.toEqual([])
  })
})

/** A group that has no member yet, and whose coordinator can't be found. */
function groupWithout(error: Error) {
  const logger: object = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => logger }
  const cluster = { findGroupCoordinator: () => Promise.reject(error) }
  const Group = ConsumerGroup as unknown as new (options: object) => ConsumerGroup & { logger: object }
  return new Group({ logger, cluster, groupId: 'group', topics: [], retry: { retries: 0 } })
}
