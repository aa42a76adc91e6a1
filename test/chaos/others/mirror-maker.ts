import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createPartitionRecords } from '../../../lib/kafka/read/partition-records.ts'
import { resolveJars } from '../../../local/maven.ts'
import { portsOf } from '../../../local/ports.ts'
import { silent } from '../../../local/progress.ts'
import { readTopics } from '../systems/reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from '../systems/system.ts'
import { until } from '../until.ts'
import { saveProperties } from './java-properties.ts'
import { MirrorMakerProgress } from './mirror-maker-progress.ts'
import { Supervised } from './supervised.ts'

/** Of what MirrorMaker 2 looks for or saves; its defaults are minutes. */
const INTERVAL_S = 5

interface Flow {
  source: string
  target: string
  isOnce: boolean
}

/** MirrorMaker 2 in dedicated mode. Source: Apache Kafka, "Geo-Replication" and "Exactly once". */
function mirrorMaker(label: string, isOnce: boolean): ChaosSystem {
  return {
    summary: `MirrorMaker 4.3.1 in dedicated mode, ${isOnce ? 'exactly once' : 'at least once'}`,
    laws: { duplicates: isOnce ? 'never' : 'allowed', putAside: 'never' },
    uses: ['brokers', 'network', 'topics', 'target', 'server'],
    async start(context): Promise<StartedSystem> {
      const { world, topics, say } = context
      const flow = flowOf(context, label, isOnce)
      const { classpath } = await resolveJars('mirror-maker', silent)
      const server = await Supervised.start({
        ...{ name: label, classpath, say },
        command: folder => command(context, flow, folder),
      })
      const onTarget = new Map(topics.map(topic => [topic, `${flow.source}.${topic}`]))
      await untilReplicating(context, [...onTarget.values()])
      const progress = new MirrorMakerProgress(world.target.direct, flow.source, topics)
      return {
        victims: [server.victim],
        mappings: [],
        progress: () => progress.read(),
        async finish() {},
        found: () => readTopics(world.target.direct, onTarget),
        putAside: async () => [],
        async stop() {
          await Promise.all([server.stop(), progress.close()])
        },
      }
    },
  }
}

export const mirrorMakers: Readonly<Record<string, ChaosSystem>> = {
  'mirror-maker': mirrorMaker('mirror-maker', false),
  'mirror-maker-once': mirrorMaker('mirror-maker-once', true),
}

/** It has begun when it has made the topics on the target. */
async function untilReplicating({ world }: SystemContext, topics: string[]): Promise<void> {
  const reader = createPartitionRecords(world.target.direct, 'chaos-reader')
  const isThere = async (topic: string) => (await reader.bounds(topic)).size > 0
  await until(async () => (await Promise.all(topics.map(isThere))).every(Boolean), 'MirrorMaker 2 has made its topics')
  await reader.close()
}

/** Aliases that no other schedule has: MirrorMaker 2's topics are named after them. */
function flowOf({ name }: SystemContext, label: string, isOnce: boolean): Flow {
  const digest = createHash('sha256').update(`${name} ${label}`).digest('hex').slice(0, 10)
  return { source: `source-${digest}`, target: `target-${digest}`, isOnce }
}

async function command({ world, topics }: SystemContext, { source, target, isOnce }: Flow, folder: string) {
  const file = join(folder, 'mm2.properties')
  const flow = `${source}->${target}`
  const replicated = ['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.']
  const { port } = await portsOf(['port'])
  await saveProperties(file, {
    clusters: `${source},${target}`,
    [`${source}.bootstrap.servers`]: world.source.connection.brokers.join(),
    [`${target}.bootstrap.servers`]: world.target.connection.brokers.join(),
    [`${flow}.enabled`]: 'true',
    [`${target}->${source}.enabled`]: 'false',
    [`${flow}.topics`]: topics.join(),
    'tasks.max': '2',
    [`${source}.consumer.isolation.level`]: 'read_committed',
    ...Object.fromEntries(replicated.map(prefix => [`${prefix}replication.factor`, '1'])),
    ...Object.fromEntries(['offset', 'config', 'status'].map(store => [`${store}.storage.replication.factor`, '1'])),
    'offset.storage.partitions': '1',
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': String(INTERVAL_S * 1_000),
    'refresh.topics.interval.seconds': String(INTERVAL_S),
    ...(isOnce && {
      [`${target}.exactly.once.source.support`]: 'enabled',
      'dedicated.mode.enable.internal.rest': 'true',
      listeners: `http://127.0.0.1:${port}`,
    }),
  })
  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../../local/kafka/log4j2.properties')}`
  return [log, 'org.apache.kafka.connect.mirror.MirrorMaker', file]
}
