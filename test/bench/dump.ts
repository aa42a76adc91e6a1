import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { RecordBatch } from '../../lib/batch.ts'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { compressions } from '../../lib/formats/compression.ts'
import { encode } from '../../lib/formats/encode.ts'
import { type FormatName, formatNames } from '../../lib/formats/index.ts'
import { bytesOf } from '../../lib/observability/telemetry.ts'
import { detectPlatform } from '../../lib/platforms/index.ts'
import { decodeValues } from '../../lib/values/decode.ts'
import { DecodedMemory } from '../../lib/values/decoded-memory.ts'
import { decoderOf } from '../../lib/values/index.ts'
import { measureImport } from './cold-import.ts'
import { type Event, lambdaEvent } from './lambda-event.ts'
import { interleave, median, megabytes, round } from './measure.ts'

/**
 * What one event of 10,000 records and 6 MB costs, beside the plainest code that gives the same objects for text.
 * Ratios within one run are what counts.
 *
 * `npm run bench -- [--rounds 40]`; what takes longer has fewer rounds
 */
const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } })
const ROUNDS = Number(options.rounds)
const FORMAT_ROUNDS = Math.ceil(ROUNDS / 3)
const IMPORT_ROUNDS = Math.ceil(ROUNDS / 2)
const MEMORY_ROUNDS = Math.ceil(ROUNDS / 8)
const root = fileURLToPath(new URL('../..', import.meta.url))
const outdir = `${root}.cache/bench`

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

/** Its batches, as often as asked for: an adapter takes the records out of the event that it is given. */
function batchesOf({ records, ...event }: Event): RecordBatch[] {
  const copy = { ...event, records: { ...records } }
  return detectPlatform(copy).toBatches(copy)
}

/** The objects of the event as the function makes them, without a store. */
async function ours(event: Event, environment: Record<string, string> = {}): Promise<Buffer[]> {
  const { format } = readDumpSettings({ S3_BUCKET: 'bench-bucket', ...environment })
  const decoder = decoderOf(format.valueFormat, undefined)
  const objects: Buffer[] = []
  for (const { records } of batchesOf(event)) {
    const decoded = decoder ? await decodeValues(records, await decoder(), format, new DecodedMemory()) : records
    objects.push((await encode(decoded, format)).body)
  }
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
  const times = await interleave(steps, ROUNDS)
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

/** What the formats are measured with: each with each compression, and those that embed JSON with the fastest one. */
const variants = [
  ...formatNames.flatMap(format =>
    ['none', 'gzip', 'zstd'].map(compression => ({ format, compression, values: 'auto' })),
  ),
  ...(['json', 'jsonl', 'avro', 'parquet'] as FormatName[]).map(format => ({
    format,
    compression: 'zstd',
    values: 'json',
  })),
]

/** Each format and compression, beside the plainest JSON with the same compression. */
async function measureFormats(payload: string) {
  const event = JSON.parse(payload) as Event
  const bytesIn = batchesOf(event).reduce((sum, { records }) => sum + bytesOf(records), 0)
  const steps: Record<string, () => Promise<Buffer[]>> = {}
  for (const [name, { compress }] of Object.entries(compressions)) {
    steps[`plainest JSON, ${name}`] = async () => {
      const objects: Buffer[] = []
      for (const object of plainest(event)) objects.push(await compress(object))
      return objects
    }
  }
  for (const { format, compression, values } of variants) {
    const environment = { FORMAT: format, COMPRESSION: compression, VALUE_FORMAT: values }
    steps[nameOf(format, compression, values)] = () => ours(event, environment)
  }
  const times = await interleave(steps, FORMAT_ROUNDS)
  const millisecondsOf = (step: string) => median(times[step] as number[])
  console.log(`\nFormats: ${megabytes(bytesIn)} of keys and values`)
  const rows: Record<string, object> = {}
  for (const { format, compression, values } of variants) {
    const name = nameOf(format, compression, values)
    const bytes = (await steps[name]?.())?.reduce((sum, { length }) => sum + length, 0) ?? 0
    rows[name] = {
      'MB/s in': Math.round(bytesIn / 1e3 / millisecondsOf(name)),
      'time to plainest': round(millisecondsOf(name) / millisecondsOf(`plainest JSON, ${compression}`)),
      KB: Math.round(bytes / 1e3),
      '% of input': round((100 * bytes) / bytesIn),
    }
  }
  console.table(rows)
}

function nameOf(format: string, compression: string, values: string): string {
  return `${format}, ${compression}${values === 'auto' ? '' : `, values ${values}`}`
}

/** Peak memory of fresh processes that handle one event in one batch, above what each has before the event arrives. */
function measureMemory(payload: string) {
  const script = fileURLToPath(new URL('./peak-memory.ts', import.meta.url))
  const file = `${outdir}/event.json`
  writeFileSync(file, payload)
  const peakOf = (environment: Record<string, string>) => {
    const options = { env: { ...process.env, ...environment } }
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', script, file], options)
    if (status !== 0) throw new Error(stderr.toString())
    return (JSON.parse(stdout.toString()) as { peakBytes: number }).peakBytes
  }
  console.log(`\nPeak memory for one batch of an event of ${megabytes(payload.length)}`)
  const rows = formatNames.flatMap(format =>
    ['auto', 'json'].map(values => {
      const peak = median(Array.from({ length: MEMORY_ROUNDS }, () => peakOf({ FORMAT: format, VALUE_FORMAT: values })))
      return [`${format}, values ${values}`, { MB: round(peak / 1e6), '× the event': round(peak / payload.length) }]
    }),
  )
  console.table(Object.fromEntries(rows))
}

mkdirSync(outdir, { recursive: true })
const name = (index: number) => (index % 5 === 0 ? 'Zoë Müller' : 'Jan Jansen')
const western = lambdaEvent(name)
await measure('Text within Latin-1', western)
await measure(
  'Text beyond Latin-1',
  lambdaEvent(index => (index % 5 === 0 ? '山田太郎 😀' : 'Jan Jansen')),
)
await measureFormats(western)
measureMemory(lambdaEvent(name, 1))
await measureImport(outdir, IMPORT_ROUNDS)
