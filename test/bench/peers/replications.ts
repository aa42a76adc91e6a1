import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { createPartitionRecords, type PartitionRecords } from '../../../lib/kafka/read/partition-records.ts'
import { startMirrorMaker } from '../../chaos/others/mirror-maker-server.ts'
import { startJavaProgram } from '../../support/java-program.ts'
import { functionCommand } from '../function-bundle.ts'
import { MeasuredProcess } from '../measured-process.ts'
import { leashedUsage } from '../process-usage.ts'
import { JAVA_SETTINGS, javaOptions, pomTitle } from './java.ts'
import type { Output, Peer, PeerRun, PeerWorld, RunningPeer } from './peer.ts'
import { ownVersion } from './versions.ts'

const replicate: Peer = {
  form: 'topic',
  version: ownVersion,
  settings: 'at least once; at most 10,000 records or 6 MB an event, a batching window of 0.5 s',
  async start(run) {
    const { name, topic, world } = run
    const command = await functionCommand('polled-function.ts', world.scratch)
    const running = new MeasuredProcess([...command, '--function', 'replicate', '--topic', topic, '--group', name], {
      AWS_LAMBDA_FUNCTION_NAME: 'replicate',
      SOURCE_ALIAS: name,
      TARGET_ALIAS: 'target',
      SOURCE_KAFKA_BROKERS: world.source.brokers,
      TARGET_KAFKA_BROKERS: world.target.brokers,
      LOG_LEVEL: 'ERROR',
    })
    return toTopic(run, { usage: () => running.usage(), stop: () => running.stop() })
  },
}

const mirrorMaker: Peer = {
  form: 'topic',
  version: pomTitle('local/mirror-maker'),
  settings: `at least once; dedicated mode, two tasks; ${JAVA_SETTINGS}`,
  async start(run) {
    const { name, topic, world, complain } = run
    const server = await startMirrorMaker({
      ...{ name, isOnce: false, topics: [topic], javaOptions, say: complain },
      source: { alias: name, brokers: [world.source.brokers] },
      target: { alias: 'target', brokers: [world.target.brokers] },
    })
    return toTopic(run, { usage: async () => leashedUsage(await server.leader), stop: () => server.stop() })
  },
}

/** Replications to another cluster, each in one process. */
export const replications: Readonly<Record<string, Peer>> = { replicate, 'MirrorMaker 2': mirrorMaker }

async function toTopic(
  { name, topic, records, world }: PeerRun,
  running: Pick<RunningPeer, 'usage' | 'stop'>,
): Promise<RunningPeer> {
  const copy = `${name}.${topic}`
  const admin = new Kafka({ brokers: [world.target.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const reader = createPartitionRecords(world.target.connections.plaintext, 'bench-reader')
  return {
    usage: running.usage,
    isComplete: async () => (await recordsIn(reader, copy)) >= records,
    output: () => topicOutput(world.target.dataDir, copy),
    check: () => differences(world, topic, copy),
    async stop() {
      await running.stop()
      const topics = (await admin.listTopics()).filter(topic => topic === copy)
      await admin.deleteTopics({ topics })
      await Promise.all([admin.disconnect(), reader.close()])
    },
  }
}

async function recordsIn(reader: PartitionRecords, topic: string): Promise<number> {
  const bounds = [...(await reader.bounds(topic)).values()]
  return bounds.reduce((sum, { end }) => sum + end, 0)
}

/** The broker keeps the segments of each partition in a folder. */
async function topicOutput(dataDir: string, topic: string): Promise<Output> {
  const log = join(dataDir, 'log')
  const folders = (await readdir(log)).filter(folder => folder.startsWith(`${topic}-`))
  const files = (
    await Promise.all(
      folders.map(async folder => (await readdir(join(log, folder))).map(file => join(log, folder, file))),
    )
  ).flat()
  const segments = await Promise.all(files.filter(file => file.endsWith('.log')).map(file => stat(file)))
  return { objects: undefined, bytes: segments.reduce((sum, { size }) => sum + size, 0), otherObjects: 0 }
}

/** What Kafka's own consumer finds in the copy, beside the topic: a digest of the records of each partition, in their order. */
async function differences({ source, target }: PeerWorld, topic: string, copy: string): Promise<string[]> {
  const consumer = await startJavaProgram('ProducerOracle', 'kafka')
  try {
    const original = await consumer.ask('digest', source.brokers, topic)
    const copied = await consumer.ask('digest', target.brokers, copy)
    return original.flatMap((partition, index) =>
      partition === copied[index] ? [] : [`a partition has ${copied[index] ?? 'no records'} in place of ${partition}`],
    )
  } finally {
    await consumer.stop()
  }
}
