import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { peakResidentBytes } from '../resources.ts'
import { smallContext, smallEvent } from '../small-event.ts'
import type { Loaded } from './loaded.ts'

/**
 * Invokes a function with one event after the other, as Lambda's runtime does, and sends to its parent what that took. It asks for
 * files of events, a line each, and gets their names one by one; an empty name is the end. The start isn't counted: an event of a few
 * records, with which code is loaded and connections are made. The function's settings come from the environment.
 */
const { values } = parseArgs({ options: { function: { type: 'string' } } })
const { function: functionName = '' } = values
const INVOCATION_MS = 300_000

process.once('disconnect', () => process.exit(1))
let brokerRequests = 0
// Source: @platformatic/kafka, "Diagnostics".
subscribe('tracing:plt:kafka:connections:api:start', () => {
  brokerRequests += 1
})
const { handler } = await (functionName === 'dump'
  ? import('../../../functions/dump.ts')
  : import('../../../functions/replicate.ts'))
await invoke(smallEvent({ topics: 1, partitions: 2, records: 5, offset: 0 }), 0)

brokerRequests = 0
const start = process.cpuUsage()
let [events, seconds, reading] = [0, 0, 0]
for (let file = await nextFile(); file !== ''; file = await nextFile()) {
  const begin = process.threadCpuUsage()
  const texts = readFileSync(file, 'utf8').split('\n')
  reading += total(process.threadCpuUsage(begin))
  for (const text of texts) {
    const invoked = performance.now()
    events += 1
    await invoke(text, events)
    seconds += (performance.now() - invoked) / 1_000
  }
}
const cpu = total(process.cpuUsage(start)) - reading
const loaded: Loaded = { events, cpu, seconds, peak: peakResidentBytes(), brokerRequests }
process.send?.(loaded)
process.removeAllListeners('disconnect').disconnect()
process.exit(0)

async function nextFile(): Promise<string> {
  const answer = once(process, 'message')
  process.send?.('next')
  const [file] = await answer
  return file
}

async function invoke(text: string, invocation: number): Promise<void> {
  const result = await handler(JSON.parse(text), smallContext(functionName, invocation, INVOCATION_MS))
  JSON.stringify(result)
}

/** Seconds. */
function total({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}
