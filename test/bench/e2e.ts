import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { createTopics } from '../../local/topics.ts'
import { functionCommand } from './function-bundle.ts'
import { produceJsonRecords } from './json-records.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Usage } from './process-usage.ts'
import { writtenObjects } from './written-objects.ts'

/**
 * A topic's way from the first poll to the last object, on a real broker and store: the function `dump` behind the event
 * source mapping of `lib/offline`, in one process, and beside it the plainest kafkajs function, in turn. Both are bundled as
 * functions are. CPU and memory are of that process from its start on, as the kernel counts them (Linux).
 *
 * `npm run bench:e2e -- [--records 1000000] [--rounds 3] [--only 'dump, json']`
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
  },
})
const [RECORDS, ROUNDS] = [Number(values.records), Number(values.rounds)]
const [PARTITIONS, RECORD_BYTES, RUN_TIMEOUT_MS] = [4, 377, 300_000]
const TOPIC = 'bench'

/** Times in seconds from the start of the process. */
interface Run extends Usage {
  first: number
  last: number
  objects: number
  megabytes: number
}

const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-e2e-'))
const ours = [...(await functionCommand('polled-function.ts', folder)), '--function', 'dump']
const plainest = await functionCommand('plainest-function.ts', folder)
const systems: Record<string, { command: string[]; environment: Record<string, string> }> = {
  'dump, json gzip': { command: ours, environment: { FORMAT: 'json', COMPRESSION: 'gzip' } },
  'dump, json zstd': { command: ours, environment: { FORMAT: 'json', COMPRESSION: 'zstd' } },
  'dump, jsonl zstd': { command: ours, environment: { FORMAT: 'jsonl', COMPRESSION: 'zstd' } },
  'plainest, json gzip': { command: plainest, environment: { COMPRESSION: 'gzip' } },
  'plainest, json zstd': { command: plainest, environment: { COMPRESSION: 'zstd' } },
}

const [kafka, s3] = await Promise.all([
  startKafka({ heapMb: 1024, progress: terminal }),
  startS3Proxy({ progress: terminal }),
])
try {
  const store = await openBucket({ ...s3.address, bucket: 'bench' })
  await createTopics(kafka.connections.plaintext, { [TOPIC]: PARTITIONS })
  const filling = { records: RECORDS, bytes: RECORD_BYTES, partitions: PARTITIONS }
  await produceJsonRecords(kafka.connections.plaintext, TOPIC, filling)
  const names = Object.keys(systems).filter(name => name.startsWith(values.only))
  const runs: Record<string, Run[]> = Object.fromEntries(names.map(system => [system, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const system of round % 2 === 1 ? names : names.toReversed()) {
      runs[system]?.push(await measure(system, `${system.replaceAll(/\W+/g, '-')}-${round}`, store))
    }
  }
  console.log(`\n${RECORDS} JSON records of about ${RECORD_BYTES} B, ${PARTITIONS} partitions, medians of ${ROUNDS}`)
  console.table(Object.fromEntries(Object.entries(runs).map(([system, all]) => [system, medians(all)])))
} finally {
  await Promise.all([kafka.stop(), s3.stop(), rm(folder, { recursive: true })])
}

/** @param name of the run: its group, and the prefix of its objects */
async function measure(system: string, name: string, store: ObjectStore): Promise<Run> {
  const { command = [], environment } = systems[system] ?? {}
  const { endpoint = '', credentials } = s3.address
  const running = new MeasuredProcess([...command, '--topic', TOPIC, '--group', name], {
    AWS_LAMBDA_FUNCTION_NAME: 'dump',
    SOURCE_KAFKA_BROKERS: kafka.brokers,
    S3_BUCKET: 'bench',
    S3_ENDPOINT: endpoint,
    S3_REGION: 'us-east-1',
    S3_FORCE_PATH_STYLE: 'true',
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    OBJECT_PREFIX: name,
    LOG_LEVEL: 'ERROR',
    ...environment,
  })
  let first = 0
  for (;;) {
    const { records, objects, megabytes } = await writtenObjects(store, `${name}/`)
    if (records > 0) first ||= running.elapsed
    if (records >= RECORDS) {
      const run = { first, last: running.elapsed, objects, megabytes, ...(await running.usage()) }
      await running.stop()
      return run
    }
    if (running.hasEnded) throw new Error(`${system} ended`)
    if (running.elapsed * 1000 > RUN_TIMEOUT_MS) throw new Error(`${system} wrote ${records} records only`)
    await sleep(100)
  }
}

function medians(runs: Run[]) {
  const median = (field: keyof Run) => runs.map(run => run[field]).toSorted((a, b) => a - b)[runs.length >> 1] as number
  const round = (value: number) => Math.round(value * 10) / 10
  return {
    'CPU s': round(median('cpu')),
    'first object s': round(median('first')),
    'last object s': round(median('last')),
    'peak MB': Math.round(median('peakMb')),
    objects: median('objects'),
    MB: round(median('megabytes')),
  }
}
