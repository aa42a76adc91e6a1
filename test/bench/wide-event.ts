import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { createTopics } from '../../local/topics.ts'
import { messagesOf } from './bench-child.ts'
import { functionCommand } from './function-bundle.ts'
import { round } from './measure.ts'
import { MemoryServer } from './memory-store.ts'

/**
 * Events with a record in each of 10,000 topic-partitions, which is as many as an event of Lambda can have: `dump` to a store over
 * HTTP, `replicate` to a real broker, cold and then warm. CPU and memory are those of the function's process, bundled as it is
 * deployed.
 *
 * `npm run bench:wide -- [--topics 100] [--partitions 100] [--latency 0] [--only 'dump, json']`; the latency is the store's, in
 * milliseconds
 */
const { values } = parseArgs({
  options: {
    topics: { type: 'string', default: '100' },
    partitions: { type: 'string', default: '100' },
    latency: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
})
const [TOPICS, PARTITIONS] = [Number(values.topics), Number(values.partitions)]

interface Run {
  /** Of the cold and the warm invocation. */
  seconds: number[]
  /** Seconds. */
  cpu: number
  /** Resident memory in bytes. */
  peak: number
  /** The most that were open at a time. */
  descriptors: number
}

const staged = { ROTATE_FLUSH_SIZE: '1000' }
const parquet = { FORMAT: 'parquet', COMPRESSION: 'zstd' }
const replicated = { SOURCE_ALIAS: 'source', TARGET_ALIAS: 'target', OFFSET_SYNCS_LOCATION: 'target' }
const dumps: Record<string, Record<string, string>> = {
  'dump, json': {},
  'dump, json, staged': staged,
  'dump, parquet': parquet,
  'dump, parquet, staged': { ...parquet, ...staged },
}
const replications: Record<string, Record<string, string>> = {
  replicate: replicated,
  'replicate, source not known': { ...replicated, SOURCE_KAFKA_BROKERS: '' },
  'replicate, EXACTLY_ONCE': { ...replicated, EXACTLY_ONCE: 'true' },
}

const isChosen = ([name]: [string, unknown]) => name.startsWith(values.only)
const rows: Record<string, object> = {}
const scratch = await mkdtemp(join(tmpdir(), 'bench-wide-'))
const command = [...(await functionCommand('wide-function.ts', scratch)), '--topics', values.topics]
try {
  for (const [name, environment] of Object.entries(dumps).filter(isChosen)) rows[name] = await dump(environment)
  const chosen = Object.entries(replications).filter(isChosen)
  if (chosen.length > 0) await replicateAll(chosen)
} finally {
  await rm(scratch, { recursive: true })
  console.log(`\nA record in each of ${TOPICS * PARTITIONS} topic-partitions, store with ${values.latency} ms`)
  console.table(rows)
}

async function dump(environment: Record<string, string>): Promise<object> {
  const store = new MemoryServer(Number(values.latency))
  const { endpoint = '' } = await store.start()
  const login = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' }
  const bucket = { S3_BUCKET: 'bench', S3_REGION: 'us-east-1', S3_ENDPOINT: endpoint, S3_FORCE_PATH_STYLE: 'true' }
  try {
    const run = await measure('dump', { ...bucket, ...login, ...environment })
    return { ...run, objects: store.objects.size, 'most connections': store.mostConnections }
  } finally {
    store.stop()
  }
}

async function replicateAll(chosen: [string, Record<string, string>][]): Promise<void> {
  const source = await startKafka({ name: 'source cluster', heapMb: 1024, progress: terminal })
  try {
    for (let topic = 0; topic < TOPICS; topic++)
      await createTopics(source.connections.plaintext, { [`orders-${topic}`]: PARTITIONS })
    for (const [name, environment] of chosen) rows[name] = await replicate(source, environment)
  } finally {
    await source.stop()
  }
}

/**
 * A broker opens a file for each partition, and two for one that transactions write to, so each replication has a target of its
 * own. With 10,000 partitions, EXACTLY_ONCE needs a limit of more than 20,000 open files; the broker ends at it.
 */
async function replicate(source: KafkaBroker, environment: Record<string, string>): Promise<object> {
  const target = await startKafka({ name: 'target cluster', heapMb: 2048, progress: terminal })
  const clusters = { SOURCE_KAFKA_BROKERS: source.brokers, TARGET_KAFKA_BROKERS: target.brokers }
  try {
    return await measure('replicate', { LOG_LEVEL: 'ERROR', ...clusters, ...environment })
  } finally {
    await target.stop()
  }
}

async function measure(functionName: string, environment: Record<string, string>) {
  const args = ['--partitions', values.partitions, '--function', functionName]
  const [run] = await messagesOf<Run>(functionName, [...command, ...args], environment)
  const { seconds: [cold = 0, warm = 0] = [], cpu = 0, peak = 0, descriptors } = run ?? {}
  return {
    'cold s': round(cold),
    'warm s': round(warm),
    'CPU s': round(cpu),
    'peak MB': Math.round(peak / 1e6),
    descriptors,
  }
}
