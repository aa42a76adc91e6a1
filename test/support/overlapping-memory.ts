import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createDumpedRecords } from '../../lib/dumped/create-dumped-records.ts'
import { noFindings } from '../../lib/dumped/dumped-records.ts'
import { DumpBucket } from './dump-bucket.ts'

/**
 * Reads a dump in which so many objects, of a folder each, hold records of the same offsets, and prints what came and by how
 * much the resident memory grew at most (Linux).
 */
const [objects, perObject] = process.argv.slice(2).map(Number) as [number, number]
const place = { topic: 'orders', partition: 0 }
const bucket = new DumpBucket()

/** Text that compresses to a third or so, and is the same each time. */
let state = 1
function text(): string {
  let made = ''
  while (made.length < 380) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    made += `${state.toString(36)} and some words `
  }
  return made
}

for (let object = 0; object < objects; object++) {
  const records = Array.from({ length: perObject }, (_, index) => {
    const offset = object + index * objects
    return {
      ...place,
      offset,
      timestamp: offset,
      key: Buffer.from(`k${object}`),
      value: Buffer.from(text()),
      headers: [],
    }
  })
  await bucket.dump(records)
  // One object twice, as a repeated batch in another folder would be.
  if (object === 0) await bucket.dump(records.slice(0, -1))
}

global.gc?.()
const before = process.memoryUsage.rss()
const dumped = createDumpedRecords([bucket.source])
const findings = noFindings()
let next = 0
let isInOrder = true
for await (const { records } of dumped.read(place, {}, { findings })) {
  for (const { offset } of records) isInOrder &&= offset === next++
}
await dumped.close()
const left = readdirSync(tmpdir()).filter(name => name.startsWith(`dump-${process.pid}`))
const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
const grownBytes = Number(kibibytes) * 1024 - before
const { duplicates, conflicts, missingOffsets } = findings
console.log(JSON.stringify({ records: next, isInOrder, duplicates, conflicts, missingOffsets, grownBytes, left }))
