import { readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { parseArgs } from 'node:util'
import { peakResidentBytes } from '../resources.ts'
import { smallContext, smallEvent } from '../small-event.ts'
import type { Invoked } from './invoked.ts'

/**
 * Invokes the function `dump` with one event after the other, as Lambda's runtime does: the event's text is parsed, and the handler is
 * awaited. Sends to its parent what that took. The function's settings come from the environment.
 *
 * What is counted comes after the start: an event of a few records, with which code is loaded and the store is connected to, and the first
 * event, which tells what one event adds to the memory.
 */
const { values, positionals: files } = parseArgs({
  options: { profile: { type: 'string' } },
  allowPositionals: true,
})
const [INVOCATION_MS, SAMPLING_US] = [60_000, 250]

process.once('disconnect', () => process.exit(1))
const { handler } = await import('../../../functions/dump.ts')
await invoke(smallEvent({ topics: 1, partitions: 2, records: 5, offset: 0 }), 0)
const before = process.memoryUsage.rss()
await invoke(readFileSync(files[0] as string, 'utf8'), 1)
const peakOfFirst = peakResidentBytes()

const session = values.profile === undefined ? undefined : await profiling()
const [start, startOnMain] = [process.cpuUsage(), process.threadCpuUsage()]
let [seconds, reading] = [0, 0]
for (const [index, file] of files.entries()) {
  // Lambda's runtime does this outside of the function's process.
  const begin = process.threadCpuUsage()
  const text = readFileSync(file, 'utf8')
  reading += total(process.threadCpuUsage(begin))
  const invoked = performance.now()
  await invoke(text, index + 2)
  seconds += (performance.now() - invoked) / 1000
}
const [cpu, onMain] = [process.cpuUsage(start), process.threadCpuUsage(startOnMain)].map(used => total(used) - reading)
if (session) {
  const { profile } = await session.post('Profiler.stop')
  writeFileSync(values.profile as string, JSON.stringify(profile))
}
const told: Invoked = { cpu: cpu ?? 0, onMain: onMain ?? 0, seconds, before, peakOfFirst, peak: peakResidentBytes() }
process.send?.(told)
process.removeAllListeners('disconnect').disconnect()
process.exit(0)

async function invoke(text: string, invocation: number): Promise<void> {
  const result = await handler(JSON.parse(text), smallContext('dump', invocation, INVOCATION_MS))
  JSON.stringify(result)
}

async function profiling(): Promise<Session> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await session.post('Profiler.start')
  return session
}

/** Seconds. */
function total({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}
