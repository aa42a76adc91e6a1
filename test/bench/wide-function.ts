import { parseArgs } from 'node:util'
import { openDescriptors } from './resources.ts'
import { smallContext, smallEvent } from './small-event.ts'

/**
 * Handles two events with a record in each of many topic-partitions, cold and then warm, and sends to its parent what that took. The
 * function's settings come from the environment.
 */
const { values } = parseArgs({
  options: { function: { type: 'string' }, topics: { type: 'string' }, partitions: { type: 'string' } },
})
const { function: functionName = '' } = values
const size = { topics: Number(values.topics), partitions: Number(values.partitions), records: 1 }
const INVOCATION_MS = 900_000
const WATCH_MS = 50

process.once('disconnect', () => process.exit(1))
const { handler } = await (functionName === 'dump'
  ? import('../../functions/dump.ts')
  : import('../../functions/replicate.ts'))

let descriptors = 0
const watch = setInterval(() => {
  descriptors = Math.max(descriptors, openDescriptors().descriptors)
}, WATCH_MS)
const seconds: number[] = []
for (const invocation of [1, 2]) {
  const text = smallEvent({ ...size, offset: invocation })
  const start = performance.now()
  await handler(JSON.parse(text), smallContext(functionName, invocation, INVOCATION_MS))
  seconds.push((performance.now() - start) / 1000)
}
clearInterval(watch)
const { user, system } = process.cpuUsage()
process.send?.({ seconds, cpu: (user + system) / 1e6, peak: process.resourceUsage().maxRSS * 1024, descriptors })
process.removeAllListeners('disconnect').disconnect()
process.exit(0)
