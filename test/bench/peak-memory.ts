import { readFileSync } from 'node:fs'
import pMap from 'p-map'
import { readDumpSettings } from '../../lib/config/dump.ts'
import type { Attempt } from '../../lib/delivery/attempt.ts'
import { type Dump, writeObjects } from '../../lib/dump.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'
import { peakResidentBytes } from './resources.ts'

/** Handles the event in the named file once, without a store, and prints by how much the resident memory grew at most. */
const payload = readFileSync(process.argv[2] as string)
global.gc?.()
const before = process.memoryUsage.rss()
const event = JSON.parse(payload.toString())
const batches = detectPlatform(event).toBatches(event)
const nowhere = {
  storeName: 'nowhere',
  store: { put: async () => {} },
  logger: { info() {}, warn() {}, error() {} },
  telemetry: noTelemetry,
}
const { format, keys } = readDumpSettings({ S3_BUCKET: 'bench-bucket', ...process.env })
const dump: Dump = { format, keys: createObjectKeys(keys), ...nowhere }
const { signal } = new AbortController()
const attempt: Attempt = {
  ...{ signal, deadline: Number.POSITIVE_INFINITY, delivered() {} },
  once: (_, run) => run(),
  repeat: ({ send }, turns) => turns(send),
}
await pMap(batches, ({ records }) => writeObjects(records, dump, attempt), { concurrency: 8 })
console.log(JSON.stringify({ peakBytes: peakResidentBytes() - before }))
