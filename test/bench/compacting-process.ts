import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { CommitStore } from '../../lib/commits/commit-store.ts'
import { compact } from '../../lib/compaction/compact.ts'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { freeBuffer } from '../../lib/free-buffer.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import { createCommitStore, heldBytes } from '../../lib/s3/commit-store.ts'
import { stagingFolder } from '../../lib/staging/name.ts'

/**
 * Compacts what is staged in the bucket that the environment names, or copies the same bytes into objects of the same size
 * through the same client (`floor`), and prints what that took: the whole process as the kernel counts it (Linux).
 */
const [task = 'floor', target = '0'] = process.argv.slice(2)
const { store: settings, keys, format } = readDumpSettings(process.env)
const store: CommitStore = createCommitStore(settings, keys.prefix)
const targetSizeBytes = Number(target)

let requests = 0
subscribe('http.client.request.start', () => {
  requests += 1
})

const start = performance.now()
const bytes = task === 'floor' ? await copy() : await compactAll()
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
console.log(JSON.stringify({ bytes, seconds, cpu: (user + system) / 1e6, requests, peakMb: Number(peak) / 1024 }))
process.exit()

/** The floor: each object is read once and written into a larger one. Nothing is planned, checked, committed or deleted. */
async function copy(): Promise<number> {
  const open = (number: number) =>
    store.open({ key: `${keys.prefix}/floor/${number}`, contentType: 'application/octet-stream', metadata: {} })
  let total = 0
  let written = 0
  let objects = 0
  let writer = open(objects)
  for await (const { key } of store.list(stagingFolder(keys.prefix))) {
    const body = await store.get(key)
    await writer.write(body)
    total += body.length
    written += body.length
    freeBuffer(body)
    if (written < targetSizeBytes) continue
    await writer.close()
    written = 0
    objects += 1
    writer = open(objects)
  }
  if (written > 0) await writer.close()
  return total
}

async function compactAll(): Promise<number> {
  const rotation = { targetSizeBytes, timeZone: 'UTC', maxOpenMs: 86_400_000, across: 'partition' as const }
  const logger = { info() {}, warn: console.error, error: console.error }
  const own = { store, keys: createObjectKeys(keys), prefix: keys.prefix, format, partSize: heldBytes(settings) }
  const end = Date.now() + 3_600_000
  const { reports, failed } = await compact(
    { ...own, rotation, policy: 'fail', now: Date.now, logger, telemetry: noTelemetry },
    { time: { deadline: end, end } },
  )
  for (const { error } of failed) throw error
  return reports.reduce((sum, report) => sum + report.bytes, 0)
}
