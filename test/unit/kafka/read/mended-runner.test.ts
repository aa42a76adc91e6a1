import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import { mendRunners } from '../../../../lib/kafka/read/mended-runner.ts'

const run = promisify(execFile)
const mending = new URL('../../../../lib/kafka/read/mended-runner.ts', import.meta.url).href
const runner = createRequire(import.meta.url).resolve('kafkajs/src/consumer/runner.js')

// In a process of its own: it would never end, nor take a signal of Node.js.
test('a consumer that is stopped while kafkajs makes its fetchers again, as the brokers have changed, ends', async () => {
  const script = `
    import { setTimeout as sleep } from 'node:timers/promises'
    import Runner from ${JSON.stringify(runner)}
    import { mendRunners } from ${JSON.stringify(mending)}
    mendRunners()
    let brokers = [1, 2]
    let left = false
    const consumerGroup = {
      ...{ groupId: 'group', async connect() {}, async joinAndSync() {}, async heartbeat() {}, getNodeIds: () => brokers },
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

test('a consumer without a membership learns it by its next heartbeat, as if the coordinator had said so', async () => {
  mendRunners()
  const group: ConsumerGroup = Object.assign(Object.create(ConsumerGroup.prototype), { memberId: null })
  await expect(group.heartbeat({ interval: 0 })).rejects.toMatchObject({ type: 'UNKNOWN_MEMBER_ID' })
})
