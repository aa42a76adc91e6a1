import { subscribe } from 'node:diagnostics_channel'
import { parseArgs } from 'node:util'
import pMap from 'p-map'
import { readDumpSettings } from '../../lib/config/dump.ts'
import type { Attempt } from '../../lib/delivery/attempt.ts'
import { type Dump, writeObjects } from '../../lib/dump.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'
import { createStore } from '../../lib/s3/store.ts'
import { decoderOf } from '../../lib/values/index.ts'
import { openBucket } from '../../local/bucket.ts'
import { terminal } from '../../local/progress.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { lambdaEvent } from './lambda-event.ts'
import { median, round } from './measure.ts'

/**
 * What `dump` costs with staging beside without, from the event's text to the store's answer: CPU of this process, and requests.
 * Rounds alternate, so that drift of the machine meets both.
 *
 * `npm run bench:staging -- [--rounds 15]`
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const ROUNDS = Number(values.rounds)
const WARM_UP_ROUNDS = 3
const PATHS = 300

const byName = { OBJECT_PARTITIONER: 'field', PARTITION_FIELD: '/customer/name', VALUE_FORMAT: 'json' }
const variants: Record<string, Record<string, string>> = {
  'json, gzip': { FORMAT: 'json', COMPRESSION: 'gzip' },
  'jsonl, zstd': { FORMAT: 'jsonl', COMPRESSION: 'zstd' },
  'avro, gzip': { FORMAT: 'avro', COMPRESSION: 'gzip' },
  'parquet, zstd': { FORMAT: 'parquet', COMPRESSION: 'zstd' },
  [`jsonl, gzip, ${PATHS} paths`]: { FORMAT: 'jsonl', COMPRESSION: 'gzip', ...byName },
  [`parquet, zstd, ${PATHS} paths`]: { FORMAT: 'parquet', COMPRESSION: 'zstd', ...byName },
}

let requests = 0
subscribe('http.client.request.start', () => {
  requests += 1
})

const payload = lambdaEvent(index => `name-${Math.floor(index / 4) % PATHS}`)
const s3 = await startS3Proxy({ progress: terminal })
try {
  await openBucket({ ...s3.address, bucket: 'bench' })
  console.log(`\nAn event of 10,000 records and 6 MB in 4 batches, medians of ${ROUNDS}`)
  const rows: Record<string, object> = {}
  for (const [name, environment] of Object.entries(variants)) rows[name] = await compare(environment)
  console.table(rows)
} finally {
  await s3.stop()
}

async function compare(environment: Record<string, string>) {
  const cpu: Record<string, number[]> = { without: [], staged: [] }
  const sent: Record<string, number> = {}
  const handlers = { without: handler(environment, false), staged: handler(environment, true) }
  for (let number = 0; number < ROUNDS + WARM_UP_ROUNDS; number++) {
    const order = Object.entries(handlers)
    for (const [name, handle] of number % 2 === 0 ? order : order.toReversed()) {
      requests = 0
      const start = process.cpuUsage()
      await handle()
      const { user, system } = process.cpuUsage(start)
      if (number >= WARM_UP_ROUNDS) cpu[name]?.push((user + system) / 1e3)
      sent[name] = requests
    }
  }
  const [without, staged] = [median(cpu.without ?? []), median(cpu.staged ?? [])]
  return {
    'CPU ms': round(without),
    'CPU ms staged': round(staged),
    ratio: round(staged / without),
    requests: sent.without,
    'requests staged': sent.staged,
  }
}

/** Handles the event once. */
function handler(environment: Record<string, string>, isStaged: boolean): () => Promise<void> {
  const { credentials, endpoint = '' } = s3.address
  const { store, format, keys } = readDumpSettings({
    S3_BUCKET: 'bench',
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    ...environment,
  })
  const dump: Dump = {
    format,
    decoder: decoderOf(format.valueFormat, undefined),
    keys: createObjectKeys(keys),
    staging: isStaged ? { prefix: keys.prefix } : undefined,
    store: createStore(store),
    storeName: 'bench',
    logger: { info() {}, warn() {}, error() {} },
    telemetry: noTelemetry,
  }
  return async () => {
    const event = JSON.parse(payload)
    const { signal } = new AbortController()
    const attempt: Attempt = {
      ...{ signal, deadline: Date.now() + 60_000, delivered() {} },
      once: (_, run) => run(),
      repeat: ({ send }, turns) => turns(send),
    }
    const batches = detectPlatform(event).toBatches(event)
    await pMap(batches, ({ records }) => writeObjects(records, dump, attempt), { concurrency: 8 })
  }
}
