import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type KafkaBroker, startKafka } from '../../../local/kafka-broker.ts'
import { step, terminal } from '../../../local/progress.ts'
import { startS3Proxy } from '../../../local/s3-proxy.ts'
import { createTopics } from '../../../local/topics.ts'
import { produceJsonRecords } from '../json-records.ts'
import { machine } from '../machine.ts'
import { round } from '../measure.ts'
import { resultText } from '../result-text.ts'
import { peers } from './index.ts'
import { type FullTopic, measuredRun } from './measured-run.ts'
import { orderChecksums } from './order-tally.ts'
import type { PeerWorld } from './peer.ts'
import { type PeersResult, peerResult, type Round } from './result.ts'

/**
 * This project's functions beside other people's programs, in turn, on the same broker and store, with the same full topic: what
 * each one's process uses until every record is there. Every output is read back. Ends with 1 if a record is missing, there twice,
 * or has other bytes.
 *
 * `npm run bench:peers -- [--records 1000000] [--rounds 5] [--only 'dump, json'] [--json docs/benchmarks/peers.json]`
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})
const [RECORDS, ROUNDS] = [Number(values.records), Number(values.rounds)]
const [PARTITIONS, RECORD_BYTES] = [4, 377]

const chosen = Object.entries(peers).filter(([name]) => name.startsWith(values.only))
const rounds: Record<string, Round[]> = Object.fromEntries(chosen.map(([name]) => [name, []]))
const faults: string[] = []

const scratch = await mkdtemp(join(tmpdir(), 'bench-peers-'))
const [source, target, s3] = await Promise.all([
  startKafka({ name: 'source cluster', heapMb: 1024, progress: terminal }),
  startKafka({ name: 'target cluster', heapMb: 1024, progress: terminal }),
  startS3Proxy({ progress: terminal, heapMb: 1024 }),
])
const world: PeerWorld = { source, target, address: s3.address, scratch }
try {
  const first = await fill(source, 'first-orders', PARTITIONS)
  const all = await step(`${RECORDS} records`, () => fill(source, 'orders', RECORDS))
  for (let number = 1; number <= ROUNDS; number++) {
    for (const [name] of number % 2 === 1 ? chosen : chosen.toReversed()) await runRound(name, number, { first, all })
    if (values.json) await writeFile(values.json, resultText(result(), 'peers'))
  }
} finally {
  await Promise.all([source.stop(), target.stop(), s3.stop(), rm(scratch, { recursive: true })])
}
print(result())

async function fill({ connections }: KafkaBroker, topic: string, records: number): Promise<FullTopic> {
  await createTopics(connections.plaintext, { [topic]: PARTITIONS })
  await produceJsonRecords(connections.plaintext, topic, { records, bytes: RECORD_BYTES, partitions: PARTITIONS })
  return { topic, checksums: orderChecksums(records, RECORD_BYTES) }
}

/** A run that fails is told, and the others are made. */
async function runRound(
  name: string,
  number: number,
  { first, all }: Record<'first' | 'all', FullTopic>,
): Promise<void> {
  const peer = peers[name] as (typeof peers)[string]
  const run = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${number}`
  const progress = `round ${number} of ${ROUNDS}, ${name}`
  try {
    const start = await measuredRun(peer, `${run}-start`, first, world)
    const full = await measuredRun(peer, run, all, world)
    rounds[name]?.push({ start, full })
    const told = [start, full].map(({ cpu, seconds }) => `${round(cpu)} s CPU in ${round(seconds)} s`)
    console.log(`${progress}: start ${told[0]}, all ${told[1]}, ${Math.round(full.peakMb)} MB`)
  } catch (error) {
    const { message } = error as Error
    faults.push(`${name}, round ${number}: ${message}`)
    console.log(`${progress}: ${message}`)
    process.exitCode = 1
  }
}

function result(): PeersResult {
  const measured = chosen.filter(([name]) => rounds[name]?.length)
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    command: `npm run bench:peers -- --records ${RECORDS} --rounds ${ROUNDS}`,
    ...{ records: RECORDS, recordBytes: RECORD_BYTES, partitions: PARTITIONS },
    faults,
    peers: measured.map(([name, peer]) => peerResult(name, peer, rounds[name] ?? [], RECORDS)),
  }
}

function print({ records, recordBytes, partitions, peers }: PeersResult): void {
  console.log(`\n${records} JSON records of about ${recordBytes} B, ${partitions} partitions, medians of ${ROUNDS}`)
  const rows = peers.map(peer => [
    peer.name,
    {
      'CPU s': round(peer.cpu.median),
      'of it start': round(peer.startCpu.median),
      s: round(peer.seconds.median),
      'records/s': peer.recordsPerSecond.median,
      'peak MB': peer.peakMb.median,
      objects: peer.objects?.median ?? '',
      MB: round(peer.bytes.median / 1e6),
    },
  ])
  console.table(Object.fromEntries(rows))
}
