import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { heldResources } from './resources.ts'

/**
 * Handles an event with many topic-partitions in this process, cold and then warm, and sends its parent what it took. The
 * function's settings come from the environment.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, topics: { type: 'string' }, partitions: { type: 'string' } },
})
const { function: functionName = '' } = values
const [TOPICS, PARTITIONS] = [Number(values.topics), Number(values.partitions)]
const INVOCATION_MS = 300_000
const { handler } = await (functionName === 'dump'
  ? import('../../functions/dump.ts')
  : import('../../functions/replicate.ts'))

process.once('disconnect', () => process.exit(1))
let mostDescriptors = 0
const watch = setInterval(async () => {
  mostDescriptors = Math.max(mostDescriptors, (await heldResources(0)).descriptors)
}, 50)
const before = await heldResources()
const seconds: number[] = []
for (const round of [1, 2]) {
  const text = event(round)
  const start = performance.now()
  const end = Date.now() + INVOCATION_MS
  const context = { functionName, awsRequestId: `wide-${round}`, getRemainingTimeInMillis: () => end - Date.now() }
  await handler(JSON.parse(text), context as never)
  seconds.push((performance.now() - start) / 1000)
}
clearInterval(watch)
const after = await heldResources()
const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
const { user, system } = process.cpuUsage()
process.send?.({ seconds, cpu: (user + system) / 1e6, peakMb: Number(peak) / 1024, mostDescriptors, before, after })
process.disconnect()
process.exit(0)

/** One record in each topic-partition, as text. */
function event(offset: number): string {
  const records: Record<string, object[]> = {}
  for (let topic = 0; topic < TOPICS; topic++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      records[`orders-${topic}-${partition}`] = [
        {
          topic: `orders-${topic}`,
          partition,
          offset,
          timestamp: 1_767_225_600_000 + offset,
          timestampType: 'CREATE_TIME',
          key: Buffer.from(`customer-${partition}`).toString('base64'),
          value: Buffer.from(JSON.stringify({ orderId: partition, status: 'shipped' })).toString('base64'),
          headers: [],
        },
      ]
    }
  }
  return JSON.stringify({ eventSource: 'SelfManagedKafka', records })
}
