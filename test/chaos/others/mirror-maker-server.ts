import { join } from 'node:path'
import { resolveJars } from '../../../local/maven.ts'
import { portsOf } from '../../../local/ports.ts'
import { silent } from '../../../local/progress.ts'
import { saveProperties } from './java-properties.ts'
import { Supervised } from './supervised.ts'

/** Of what MirrorMaker 2 looks for or saves; its defaults are minutes. */
const INTERVAL_S = 5

/** A cluster by the alias after which topics and settings are named. */
interface AliasedCluster {
  alias: string
  brokers: readonly string[]
}

export interface MirrorMakerOptions {
  name: string
  source: AliasedCluster
  target: AliasedCluster
  topics: readonly string[]
  isOnce: boolean
  /** Of Supervised. */
  javaOptions?: readonly string[]
  say(line: string): void
}

/** MirrorMaker 2 in dedicated mode, with two tasks. Source: Apache Kafka, "Geo-Replication" and "Exactly once". */
export async function startMirrorMaker(options: MirrorMakerOptions): Promise<Supervised> {
  const { name, javaOptions, say } = options
  const { classpath } = await resolveJars('mirror-maker', silent)
  return Supervised.start({ ...{ name, classpath, javaOptions, say }, command: folder => command(options, folder) })
}

async function command({ source, target, topics, isOnce }: MirrorMakerOptions, folder: string): Promise<string[]> {
  const file = join(folder, 'mm2.properties')
  const flow = `${source.alias}->${target.alias}`
  const replicated = ['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.']
  const { port } = await portsOf(['port'])
  await saveProperties(file, {
    clusters: `${source.alias},${target.alias}`,
    [`${source.alias}.bootstrap.servers`]: source.brokers.join(),
    [`${target.alias}.bootstrap.servers`]: target.brokers.join(),
    [`${flow}.enabled`]: 'true',
    [`${target.alias}->${source.alias}.enabled`]: 'false',
    [`${flow}.topics`]: topics.join(),
    'tasks.max': '2',
    [`${source.alias}.consumer.isolation.level`]: 'read_committed',
    ...Object.fromEntries(replicated.map(prefix => [`${prefix}replication.factor`, '1'])),
    ...Object.fromEntries(['offset', 'config', 'status'].map(store => [`${store}.storage.replication.factor`, '1'])),
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': String(INTERVAL_S * 1_000),
    'refresh.topics.interval.seconds': String(INTERVAL_S),
    ...(isOnce && {
      [`${target.alias}.exactly.once.source.support`]: 'enabled',
      'dedicated.mode.enable.internal.rest': 'true',
      listeners: `http://127.0.0.1:${port}`,
    }),
  })
  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../../local/kafka/log4j2.properties')}`
  return [log, 'org.apache.kafka.connect.mirror.MirrorMaker', file]
}
