import { createHash } from 'node:crypto'
import { createPartitionRecords } from '../../../lib/kafka/read/partition-records.ts'
import { readTopics } from '../systems/reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from '../systems/system.ts'
import { until } from '../until.ts'
import { MirrorMakerProgress } from './mirror-maker-progress.ts'
import { startMirrorMaker } from './mirror-maker-server.ts'

function mirrorMaker(label: string, isOnce: boolean): ChaosSystem {
  return {
    summary: `MirrorMaker 4.3.1 in dedicated mode, ${isOnce ? 'exactly once' : 'at least once'}`,
    laws: { duplicates: isOnce ? 'never' : 'allowed', putAside: 'never' },
    uses: ['brokers', 'network', 'topics', 'target', 'server'],
    async start(context): Promise<StartedSystem> {
      const { world, topics, say } = context
      const aliases = aliasesOf(context, label)
      const server = await startMirrorMaker({
        ...{ name: label, topics, isOnce, say },
        source: { alias: aliases.source, brokers: world.source.connection.brokers },
        target: { alias: aliases.target, brokers: world.target.connection.brokers },
      })
      const onTarget = new Map(topics.map(topic => [topic, `${aliases.source}.${topic}`]))
      await untilReplicating(context, [...onTarget.values()])
      const progress = new MirrorMakerProgress(world.target.direct, aliases.source, topics)
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
function aliasesOf({ name }: SystemContext, label: string) {
  const digest = createHash('sha256').update(`${name} ${label}`).digest('hex').slice(0, 10)
  return { source: `source-${digest}`, target: `target-${digest}` }
}
