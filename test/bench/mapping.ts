import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { startKafka } from '../../local/kafka-broker.ts'
import { terminal } from '../../local/progress.ts'
import { createTopics } from '../../local/topics.ts'
import { functionCommand } from './function-bundle.ts'
import { produceJsonRecords } from './json-records.ts'
import { median, round } from './measure.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Usage } from './process-usage.ts'

/**
 * What the event source mapping of `lib/offline` costs on its own: it reads a topic of a real broker, builds the events as text,
 * and hands them to a function that does nothing. Beside it the floor, the bare consumer of kafkajs, which fetches the same topic
 * and does nothing with it. They run in turn, each in a process of its own that is bundled as functions are. CPU and memory are of
 * that process from its start to its last commit, as the kernel counts them (Linux).
 *
 * `npm run bench:mapping -- [--records 1000000] [--rounds 3] [--before <folder>] [--json <file>]`
 *
 * `--before` is another checkout with its dependencies, whose mapping is measured in turn with this one.
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    before: { type: 'string' },
    json: { type: 'string' },
  },
})
const [RECORDS, ROUNDS] = [Number(values.records), Number(values.rounds)]
const [PARTITIONS, RECORD_BYTES, RUN_TIMEOUT_MS] = [4, 377, 300_000]
const TOPIC = 'bench'

const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-mapping-'))
const systems: Record<string, string[]> = {
  'kafkajs alone': await functionCommand('bare-consumer.ts', join(folder, 'floor')),
  ...(values.before && { 'mapping before': await mappingOf('before', values.before) }),
  mapping: await mappingOf('mapping'),
}

const kafka = await startKafka({ heapMb: 1024, progress: terminal })
const offsets = createGroupOffsets(kafka.connections.plaintext, 'bench')
try {
  await createTopics(kafka.connections.plaintext, { [TOPIC]: PARTITIONS })
  const filling = { records: RECORDS, bytes: RECORD_BYTES, partitions: PARTITIONS }
  await produceJsonRecords(kafka.connections.plaintext, TOPIC, filling)
  const names = Object.keys(systems)
  const runs: Record<string, Usage[]> = Object.fromEntries(names.map(system => [system, []]))
  for (let round = 1; round <= ROUNDS; round++) {
    for (const system of round % 2 === 1 ? names : names.toReversed()) {
      runs[system]?.push(await measure(system, `${system.replaceAll(' ', '-')}-${round}`))
    }
  }
  const figures = Object.fromEntries(Object.entries(runs).map(([system, all]) => [system, medians(all)]))
  console.log(`\n${RECORDS} JSON records of about ${RECORD_BYTES} B, ${PARTITIONS} partitions, medians of ${ROUNDS}`)
  console.table(figures)
  const result = { records: RECORDS, bytes: RECORD_BYTES, partitions: PARTITIONS, rounds: ROUNDS, figures, runs }
  if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
} finally {
  await offsets.close()
  await Promise.all([kafka.stop(), rm(folder, { recursive: true })])
}

/** The command of the mapping with a function that does nothing. */
async function mappingOf(name: string, checkout?: string): Promise<string[]> {
  return [...(await functionCommand('polled-function.ts', join(folder, name), checkout)), '--function', 'nothing']
}

async function measure(system: string, group: string): Promise<Usage> {
  const command = [...(systems[system] ?? []), '--topic', TOPIC, '--group', group]
  const running = new MeasuredProcess(command, { SOURCE_KAFKA_BROKERS: kafka.brokers })
  try {
    for (;;) {
      const done = await committed(group)
      if (done >= RECORDS) return await running.usage()
      if (running.hasEnded) throw new Error(`${system} ended`)
      if (running.elapsed * 1000 > RUN_TIMEOUT_MS) throw new Error(`${system} committed ${done} records only`)
      await sleep(50)
    }
  } finally {
    await running.stop()
  }
}

/** How many records the group is done with: each partition begins with the offset 0. */
async function committed(group: string): Promise<number> {
  const positions = (await offsets.committed([group])).get(group) ?? []
  return positions.reduce((total, { offset }) => total + offset, 0)
}

function medians(runs: Usage[]) {
  const of = (field: keyof Usage) => median(runs.map(run => run[field]))
  return {
    'CPU s': round(of('cpu')),
    seconds: round(of('seconds')),
    'records/s': Math.round(RECORDS / of('seconds')),
    'peak MB': Math.round(of('peakMb')),
  }
}
