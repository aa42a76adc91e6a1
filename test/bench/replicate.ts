import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'
import { resolveJars } from '../../local/maven.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { terminal } from '../../local/progress.ts'
import { createTopics } from '../../local/topics.ts'
import { functionCommand } from './function-bundle.ts'
import { produceJsonRecords } from './json-records.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Usage } from './process-usage.ts'

/**
 * Replicating a topic from one cluster to another with the function `replicate` and with MirrorMaker 2, in turn, on the same
 * brokers. The function is bundled as it is deployed. CPU and memory are of the replicator's own process, from its start on,
 * as the kernel counts them (Linux).
 *
 * `npm run bench:replicate -- [--records 1000000] [--rounds 3]`
 */
const { values } = parseArgs({
  options: { records: { type: 'string', default: '1000000' }, rounds: { type: 'string', default: '3' } },
})
const RECORDS = Number(values.records)
const ROUNDS = Number(values.rounds)
const PARTITIONS = 4
const RUN_TIMEOUT_MS = 300_000

/** What one run came to; times in seconds from the start of the process. */
interface Run extends Usage {
  first: number
  last: number
}

interface Replicator {
  /** What source aliases of its runs begin with. */
  alias: string
  command(source: KafkaBroker, target: KafkaBroker, topic: string, alias: string): Promise<string[]>
  environment: Record<string, string>
}

const functionReplicate: Replicator = {
  alias: 'ours',
  command: async (_, __, topic, alias) => [
    ...(await functionCommand('polled-function.ts', scratch)),
    '--function',
    'replicate',
    '--topic',
    topic,
    '--group',
    alias,
  ],
  environment: {},
}

/** The topic's end counts the markers of its transactions, too: one in thousands. */
const exactlyOnce: Replicator = {
  ...functionReplicate,
  alias: 'once',
  environment: { EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' },
}

/** MirrorMaker 2 in dedicated mode, its settings as its documentation's example, for one topic and without other work. */
const mirrorMaker: Replicator = {
  alias: 'mm2',
  environment: {},
  async command(source, target, topic, alias) {
    const file = join(scratch, `${alias}.properties`)
    await writeFile(file, mirrorMakerProperties(source, target, topic, alias))
    return [javaCommand(), 'org.apache.kafka.connect.mirror.MirrorMaker', file]
  },
}

const mirrorMakerProperties = (
  source: KafkaBroker,
  target: KafkaBroker,
  topic: string,
  alias: string,
) => `clusters=${alias},target
${alias}.bootstrap.servers=${source.brokers}
target.bootstrap.servers=${target.brokers}
${alias}->target.enabled=true
target->${alias}.enabled=false
${alias}->target.topics=${topic}
tasks.max=1
replication.factor=1
checkpoints.topic.replication.factor=1
heartbeats.topic.replication.factor=1
offset-syncs.topic.replication.factor=1
offset.storage.replication.factor=1
config.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
emit.heartbeats.enabled=false
emit.checkpoints.enabled=false
dedicated.mode.enable.internal.rest=false
`

const replicators = [
  ['replicate', functionReplicate],
  ['replicate, EXACTLY_ONCE', exactlyOnce],
  ['MirrorMaker 2', mirrorMaker],
] as const

const scratch = await mkdtemp(join(tmpdir(), 'bench-replicate-'))
const jars = await resolveJars('mirror-maker', terminal)
const [source, target] = await Promise.all([
  startKafka({ name: 'source cluster', heapMb: 1024, progress: terminal }),
  startKafka({ name: 'target cluster', heapMb: 1024, progress: terminal }),
])
const admin = new Kafka({ brokers: [target.brokers], logLevel: logLevel.NOTHING }).admin()
await admin.connect()
try {
  for (const [name, bytes] of [
    ['200 B', 200],
    ['377 B JSON', 377],
    ['1 KB', 1024],
  ] as const)
    await compare(name, bytes)
} finally {
  await admin.disconnect()
  await Promise.all([source.stop(), target.stop(), rm(scratch, { recursive: true, force: true })])
}

async function compare(name: string, bytes: number) {
  const topic = `bench-${bytes}`
  await createTopics(source.connections.plaintext, { [topic]: PARTITIONS })
  await produceJsonRecords(source.connections.plaintext, topic, { records: RECORDS, bytes, partitions: PARTITIONS })
  const runs: Record<string, Run[]> = Object.fromEntries(replicators.map(([system]) => [system, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [system, replicator] of round % 2 === 1 ? replicators : replicators.toReversed()) {
      runs[system]?.push(await measure(replicator, topic, `${replicator.alias}${bytes}x${round}`))
    }
  }
  console.log(`\n${RECORDS} records of ${name}, ${PARTITIONS} partitions, medians of ${ROUNDS}`)
  console.table(Object.fromEntries(Object.entries(runs).map(([system, all]) => [system, medians(all)])))
}

async function measure(replicator: Replicator, topic: string, alias: string): Promise<Run> {
  const remoteTopic = `${alias}.${topic}`
  const command = await replicator.command(source, target, topic, alias)
  const running = new MeasuredProcess(command, {
    CLASSPATH: jars.classpath,
    AWS_LAMBDA_FUNCTION_NAME: 'replicate',
    SOURCE_ALIAS: alias,
    TARGET_ALIAS: 'target',
    SOURCE_KAFKA_BROKERS: source.brokers,
    TARGET_KAFKA_BROKERS: target.brokers,
    LOG_LEVEL: 'ERROR',
    ...replicator.environment,
  })
  let first = 0
  for (;;) {
    const count = await recordsIn(admin, remoteTopic)
    if (count > 0) first ||= running.elapsed
    if (count >= RECORDS) break
    if (running.hasEnded) throw new Error(`${alias} ended`)
    if (running.elapsed * 1000 > RUN_TIMEOUT_MS) throw new Error(`${alias} replicated ${count} records only`)
    await sleep(20)
  }
  const run = { first, last: running.elapsed, ...(await running.usage()) }
  await running.stop()
  await admin.deleteTopics({ topics: [remoteTopic] })
  return run
}

async function recordsIn(admin: Admin, topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic).catch(() => [])
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}

function medians(runs: Run[]) {
  const median = (field: keyof Run) => runs.map(run => run[field]).toSorted((a, b) => a - b)[runs.length >> 1] as number
  const round = (value: number) => Math.round(value * 10) / 10
  return {
    'CPU s': round(median('cpu')),
    'first record s': round(median('first')),
    'last record s': round(median('last')),
    'records/s': Math.round(RECORDS / median('last')),
    'peak MB': Math.round(median('peakMb')),
  }
}
