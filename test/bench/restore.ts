import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { encode } from '../../lib/formats/encode.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { openBucket } from '../../local/bucket.ts'
import { startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { functionCommand } from './function-bundle.ts'
import { jsonOrders } from './json-records.ts'
import { median } from './measure.ts'

/**
 * A dump's way back into a topic, on a real store and broker, and beside it the floor: the bare producer with records from memory.
 * Each at least once and exactly once, in a process of its own that is bundled as functions are. CPU and memory are of that process,
 * as the kernel counts them (Linux).
 *
 * `npm run bench:restore -- [--records 1000000] [--rounds 3] [--object 10000] [--only 'jsonl zstd']`
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    object: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
  },
})
const [RECORDS, ROUNDS, OBJECT_RECORDS] = [values.records, values.rounds, values.object].map(Number) as [
  number,
  number,
  number,
]
const [PARTITIONS, RECORD_BYTES, TOPIC] = [4, 377, 'bench']

/** What a process says of itself. */
interface Usage {
  seconds: number
  cpu: number
  peakMb: number
}

const dumps: Record<string, { FORMAT: string; COMPRESSION: string }> = {
  'jsonl zstd': { FORMAT: 'jsonl', COMPRESSION: 'zstd' },
  'json gzip': { FORMAT: 'json', COMPRESSION: 'gzip' },
  parquet: { FORMAT: 'parquet', COMPRESSION: 'zstd' },
}
const guarantees = { 'at least once': 'false', 'exactly once': 'true' }
const sources = ['floor', ...Object.keys(dumps)].filter(name => name.includes(values.only) || name === 'floor')
const systems = sources.flatMap(source => Object.keys(guarantees).map(guarantee => `${source}, ${guarantee}`))

const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-restore-'))
const command = await functionCommand('restoring-process.ts', folder)
const [kafka, s3] = await Promise.all([
  startKafka({ heapMb: 1024, progress: terminal }),
  startS3Proxy({ progress: terminal }),
])
const admin = createAdmin(kafka.connections.plaintext, 'bench')
try {
  for (const name of sources) if (name !== 'floor') await fill(name)
  const runs: Record<string, Usage[]> = Object.fromEntries(systems.map(system => [system, []]))
  for (let round = 1; round <= ROUNDS; round++)
    for (const system of round % 2 === 1 ? systems : systems.toReversed()) runs[system]?.push(await measure(system))
  console.log(`\n${RECORDS} JSON records of about ${RECORD_BYTES} B, ${PARTITIONS} partitions, medians of ${ROUNDS}`)
  console.table(Object.fromEntries(Object.entries(runs).map(([system, all]) => [system, medians(all)])))
} finally {
  await Promise.all([kafka.stop(), s3.stop(), rm(folder, { recursive: true })])
}

function environmentOf(name: string): Record<string, string> {
  const { endpoint = '', credentials } = s3.address
  return {
    S3_BUCKET: 'bench',
    S3_ENDPOINT: endpoint,
    S3_REGION: 'us-east-1',
    S3_FORCE_PATH_STYLE: 'true',
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    OBJECT_PREFIX: name.replaceAll(/\W+/g, '-'),
    ...dumps[name],
  }
}

/** Writes the objects of a dump. */
async function fill(name: string): Promise<void> {
  const { store: settings, format, keys } = readDumpSettings(environmentOf(name))
  const [store, rendered] = [await openBucket(settings), createObjectKeys(keys)]
  const pending = Array.from({ length: PARTITIONS }, (): KafkaRecord[] => [])
  const next = pending.map(() => 0)
  const write = async (records: KafkaRecord[]) => {
    for (const { range, path, records: some } of rendered.divide(records)) {
      const { body, extension, ...content } = await encode(some, format)
      await store.put({ key: rendered.render({ ...range, path, extension }), body, ...content, metadata: {} })
    }
  }
  const timestamp = Date.now()
  for (const orders of jsonOrders(RECORDS, RECORD_BYTES)) {
    for (const [index, order] of orders.entries()) {
      const partition = index % PARTITIONS
      const offset = next[partition] as number
      next[partition] = offset + 1
      const list = pending[partition] as KafkaRecord[]
      list.push({ ...order, ...{ topic: TOPIC, partition, offset, timestamp, headers: [] } })
      if (list.length === OBJECT_RECORDS) await write(list.splice(0))
    }
  }
  for (const list of pending) if (list.length > 0) await write(list)
}

async function measure(system: string): Promise<Usage> {
  const [name = '', guarantee = ''] = system.split(', ')
  await admin.deleteTopic(TOPIC)
  await admin.createTopic({ topic: TOPIC, partitions: PARTITIONS, replicas: 1, settings: {} })
  const [program = '', ...parameters] = command
  const task = [name === 'floor' ? 'floor' : 'restore', RECORDS, RECORD_BYTES, TOPIC, PARTITIONS].map(String)
  const { stdout } = await promisify(execFile)(program, [...parameters, ...task], {
    env: {
      ...process.env,
      ...environmentOf(name),
      TARGET_KAFKA_BROKERS: kafka.brokers,
      EXACTLY_ONCE: guarantees[guarantee as keyof typeof guarantees],
      RESTORE_GROUPS: 'none',
    },
  })
  return JSON.parse(stdout)
}

function medians(runs: Usage[]) {
  const of = (field: keyof Usage) => median(runs.map(run => run[field]))
  const round = (value: number) => Math.round(value * 10) / 10
  return {
    'CPU s': round(of('cpu')),
    seconds: round(of('seconds')),
    'records/s': Math.round(RECORDS / of('seconds')),
    'peak MB': Math.round(of('peakMb')),
  }
}
