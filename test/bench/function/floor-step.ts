import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readDumpSettings } from '../../../lib/config/dump.ts'
import { createStore } from '../../../lib/s3/store.ts'
import { decodedRecords, type FloorEvent, floors } from './floor.ts'
import type { FloorStep } from './floor-steps.ts'
import type { Variant } from './variant.ts'

/**
 * Takes one event after the other through the steps of the floor, and sends to its parent the CPU seconds of the one step that was
 * asked for. What comes before that step is done as well, without being counted. The first event is done twice, as with the function.
 *
 * Needs `--expose-gc`: what earlier steps have left in the young generation is collected before the step begins, so that the step pays
 * for its own garbage alone.
 */
const { values, positionals: files } = parseArgs({
  options: { step: { type: 'string' }, format: { type: 'string' }, compression: { type: 'string' } },
  allowPositionals: true,
})
const { step, format, compression } = values as Variant & { step: FloorStep }

process.once('disconnect', () => process.exit(1))
const floor = floors[format]
const store = createStore(readDumpSettings(process.env).store)
let cpu = 0
await take(files[0] as string, 0)
cpu = 0
for (const [index, file] of files.entries()) await take(file, index + 1)
process.send?.({ cpu })
process.removeAllListeners('disconnect').disconnect()
process.exit(0)

/** Returns after the step that is measured. */
async function take(file: string, number: number): Promise<void> {
  const text = readFileSync(file, 'utf8')
  const event = await measured('parse', () => JSON.parse(text) as FloorEvent)
  if (step === 'parse') return
  const objects = await measured('decode', () => decodedRecords(event, floor))
  if (step === 'decode') return
  const pieces = await measured('encode', () => objects.map(floor.encode))
  if (step === 'encode') return
  const compressed = await measured('compress', () => pieces.map(all => all.map(floor.compress[compression])))
  if (step === 'compress') return
  const bodies = compressed.map(all => (all.length === 1 ? (all[0] as Buffer) : Buffer.concat(all)))
  await measured('put', () => Promise.all(bodies.map((body, index) => put(body, `${number}-${index}`))))
}

async function measured<T>(name: FloorStep, run: () => T | Promise<T>): Promise<T> {
  if (name !== step) return await run()
  global.gc?.({ type: 'minor' })
  const start = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(start)
  cpu += (user + system) / 1e6
  return result
}

async function put(body: Buffer, key: string): Promise<void> {
  await store.put({ key, body, metadata: {}, contentType: 'application/octet-stream' })
}
