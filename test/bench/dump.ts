import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { compressions } from '../../lib/formats/compression.ts'
import { encode } from '../../lib/formats/encode.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'

/**
 * What one event of 10,000 records and 6 MB costs, beside the plainest code that gives the same objects for text.
 * Ratios within one run are what counts: `npm run bench`.
 */
const ROUNDS = 40
const WARM_UP_ROUNDS = 5
const root = fileURLToPath(new URL('../..', import.meta.url))
const outdir = `${root}.cache/bench`

interface Event {
  records: Record<string, { [field: string]: unknown; key: string; value: string }[]>
}

function lambdaEvent(note: (index: number) => string): string {
  const records: Event['records'] = { 'orders-0': [], 'orders-1': [], 'orders-2': [], 'orders-3': [] }
  for (let index = 0; index < 10_000; index++) {
    const partition = index % 4
    const order = {
      orderId: 100_000 + index,
      customer: { id: `customer-${index % 997}`, name: note(index), country: 'DE' },
      items: [
        { sku: `SKU-${index % 311}`, quantity: (index % 3) + 1, price: 12.5 },
        { sku: `SKU-${index % 173}`, quantity: 1, price: 99.95 },
      ],
      status: 'shipped',
      address: { street: 'Main Street 1', city: 'Berlin', zip: '10115' },
      comment: 'please ring twice, then leave it with the neighbours on the second floor',
    }
    records[`orders-${partition}`]?.push({
      topic: 'orders',
      partition,
      offset: 1_000_000 + index,
      timestamp: 1_767_225_600_000 + index,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`customer-${index % 997}`).toString('base64'),
      value: Buffer.from(JSON.stringify(order)).toString('base64'),
      headers: [],
    })
  }
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/orders/6357e0b2-5',
    records,
  })
}

/** The floor: no check of anything, invalid UTF-8 lost. */
function plainest(event: Event): Buffer[] {
  return Object.values(event.records).map(records =>
    Buffer.from(
      JSON.stringify(
        records.map(({ key, offset, partition, timestamp, topic, value }) => ({
          key: key === null ? null : Buffer.from(key, 'base64').toString(),
          offset,
          partition,
          timestamp,
          topic,
          value: value === null ? null : Buffer.from(value, 'base64').toString(),
        })),
      ),
    ),
  )
}

/** The objects of the event as the function makes them, without a store. */
async function ours(event: Event, environment: Record<string, string> = {}): Promise<Buffer[]> {
  const { format } = readDumpSettings({ S3_BUCKET: 'bench-bucket', ...environment })
  const objects: Buffer[] = []
  for (const { records } of detectPlatform(event).toBatches(event)) objects.push((await encode(records, format)).body)
  return objects
}

async function measure(title: string, payload: string) {
  const event = JSON.parse(payload) as Event
  const plain = { COMPRESSION: 'none', INCLUDE_HEADERS: 'false' }
  const objects = await ours(event, plain)
  if (Buffer.compare(Buffer.concat(objects), Buffer.concat(plainest(event))) !== 0) throw new Error('objects differ')
  const steps: Record<string, () => unknown> = {
    'JSON.parse of the event': () => JSON.parse(payload),
    'plainest decode + map + encode': () => plainest(event),
    'decode + map + encode': () => ours(event, plain),
    'gzip of the objects': () => Promise.all(objects.map(compressions.gzip.compress)),
    'zstd of the objects': () => Promise.all(objects.map(compressions.zstd.compress)),
  }
  const times = await interleave(steps)
  const floor = median(times['plainest decode + map + encode'] as number[])
  const bytes = objects.reduce((sum, { length }) => sum + length, 0)
  console.log(`\n${title}: event ${megabytes(payload.length)}, objects ${megabytes(bytes)}`)
  console.table(
    Object.fromEntries(
      Object.entries(times).map(([step, all]) => [
        step,
        { 'median ms': round(median(all)), 'ratio to plainest': round(median(all) / floor) },
      ]),
    ),
  )
}

/** Runs the steps in turn, each round in another order, so that drift of the machine meets them all. */
async function interleave(steps: Record<string, () => unknown>): Promise<Record<string, number[]>> {
  const names = Object.keys(steps)
  const times: Record<string, number[]> = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
    for (const name of names.map((_, index) => names[(index + round) % names.length] as string)) {
      const start = performance.now()
      await steps[name]?.()
      if (round >= WARM_UP_ROUNDS) times[name]?.push(performance.now() - start)
    }
  }
  return times
}

/** Peak memory of fresh processes that handle one event, above what each has before the event arrives. */
function measureMemory(payload: string) {
  const script = fileURLToPath(new URL('./peak-memory.ts', import.meta.url))
  const file = `${outdir}/event.json`
  writeFileSync(file, payload)
  const peaks = Array.from({ length: 11 }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', script, file])
    if (status !== 0) throw new Error(stderr.toString())
    return (JSON.parse(stdout.toString()) as { peakBytes: number }).peakBytes
  })
  const peak = median(peaks)
  console.log(`\nPeak memory for one event: ${megabytes(peak)}, ${round(peak / payload.length)} × the event`)
}

/** Cold import of the deployed bundle, beside that of the S3 client alone bundled the same way. */
async function measureImport() {
  const options = {
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
  } as const
  const banner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" }
  const stdin = { contents: "export { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'", resolveDir: root }
  await build({ ...options, banner, stdin, mainFields: ['module', 'main'], outfile: `${outdir}/client-s3.mjs` })
  await build({
    ...options,
    banner,
    entryPoints: [`${root}functions/dump.ts`],
    mainFields: ['module', 'main'],
    alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
    outfile: `${outdir}/dump.mjs`,
  })
  const importOnce = (bundle: string) => () => {
    const code = `const t=performance.now();await import('${outdir}/${bundle}.mjs');console.log(performance.now()-t)`
    const env = { ...process.env, S3_BUCKET: 'bench-bucket', AWS_REGION: 'eu-central-1' }
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env })
    if (stdout.length === 0) throw new Error(stderr.toString())
    return Number(stdout.toString())
  }
  const times: Record<string, number[]> = { 'client-s3': [], dump: [] }
  for (let round = 0; round < 11; round++) for (const name in times) times[name]?.push(importOnce(name)())
  const [floor, dump] = [median(times['client-s3'] as number[]), median(times.dump as number[])]
  console.log(`\nCold import: client-s3 alone ${round(floor)} ms, dump ${round(dump)} ms, ratio ${round(dump / floor)}`)
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number
const round = (value: number) => Math.round(value * 100) / 100
const megabytes = (bytes: number) => `${round(bytes / 1e6)} MB`

mkdirSync(outdir, { recursive: true })
const western = lambdaEvent(index => (index % 5 === 0 ? 'Zoë Müller' : 'Jan Jansen'))
await measure('Text within Latin-1', western)
await measure(
  'Text beyond Latin-1',
  lambdaEvent(index => (index % 5 === 0 ? '山田太郎 😀' : 'Jan Jansen')),
)
measureMemory(western)
await measureImport()
