import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { resolveJars } from '../maven.ts'
import { type Progress, silent } from '../progress.ts'
import { startServer } from '../server.ts'

export interface MirrorMakerOptions {
  /** The clusters, by alias and `host:port` of a listener without authentication. */
  source: { alias: string; brokers: string }
  target: { alias: string; brokers: string }
  /** Regular expressions for topics and groups of the source, in Java's syntax. */
  topics: string
  groups: string
  /** Further settings by MirrorMaker 2's names; they override those set here. */
  settings?: Record<string, string>
  heapMb?: number
  progress?: Progress
}

/** MirrorMaker 2 in dedicated mode, from one cluster to another. */
export interface MirrorMaker {
  /** The log of MirrorMaker 2's process. */
  logFile: string
  /** Ends it and removes its files. Records that it wrote to the clusters stay. */
  stop(): Promise<void>
}

const javaOptions = [`-Dlog4j2.configurationFile=${join(import.meta.dirname, '..', 'kafka', 'log4j2.properties')}`]

/**
 * Starts MirrorMaker 2 and waits until it has created its topics, which takes about ten seconds. It replicates records later,
 * after it has looked up topics and groups.
 */
export async function startMirrorMaker(options: MirrorMakerOptions): Promise<MirrorMaker> {
  const { source, target, heapMb = 512, progress = silent } = options
  const jars = await resolveJars('mirror-maker', progress)
  const started = performance.now()
  const dataDir = await mkdtemp(join(tmpdir(), 'mirror-maker-'))
  const settingsFile = join(dataDir, 'mm2.properties')
  try {
    await writeFile(settingsFile, settingsText(options))
    const command = [...javaOptions, `-Xmx${heapMb}m`, 'org.apache.kafka.connect.mirror.MirrorMaker', settingsFile]
    const probe = () => untilTopicExists(target.brokers, `${source.alias}.checkpoints.internal`)
    const server = await startServer({ jars, dataDir, command, probe })
    progress.done(jars.title, `${source.alias} → ${target.alias}`, performance.now() - started)
    return {
      logFile: join(dataDir, 'server.log'),
      async stop() {
        await server.stop()
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true })
    throw error
  }
}

async function untilTopicExists(brokers: string, topic: string): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const admin = kafka.admin()
  await admin.connect()
  try {
    if (!(await admin.listTopics()).includes(topic)) throw new Error(`the topic ${topic} does not exist yet`)
  } finally {
    await admin.disconnect()
  }
}

/** Runs everything once a second, where MirrorMaker 2's defaults are minutes. Source: Apache Kafka, "MirrorMaker Configs". */
function settingsText({ source, target, topics, groups, settings }: MirrorMakerOptions): string {
  const flow = `${source.alias}->${target.alias}`
  const replicated = ['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.']
  const stored = ['offset', 'config', 'status']
  const values = {
    clusters: `${source.alias},${target.alias}`,
    [`${source.alias}.bootstrap.servers`]: source.brokers,
    [`${target.alias}.bootstrap.servers`]: target.brokers,
    [`${flow}.enabled`]: 'true',
    [`${target.alias}->${source.alias}.enabled`]: 'false',
    [`${flow}.topics`]: topics,
    [`${flow}.groups`]: groups,
    ...Object.fromEntries(replicated.map(prefix => [`${prefix}replication.factor`, '1'])),
    ...Object.fromEntries(stored.map(store => [`${store}.storage.replication.factor`, '1'])),
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'tasks.max': '1',
    'emit.heartbeats.interval.seconds': '1',
    'emit.checkpoints.interval.seconds': '1',
    'sync.group.offsets.enabled': 'true',
    'sync.group.offsets.interval.seconds': '1',
    'refresh.topics.interval.seconds': '5',
    'refresh.groups.interval.seconds': '5',
    'dedicated.mode.enable.internal.rest': 'false',
    ...settings,
  }
  // A backslash begins an escape in Java's properties.
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}`)
  return `${lines.join('\n')}\n`
}
