import { createHash } from 'node:crypto'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import { readTopics } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

const SUMMARY = 'replicate, at least once, policy fail, partial responses'

/** A replication without transactions. */
export const replicate: ChaosSystem = {
  summary: SUMMARY,
  laws: { duplicates: 'allowed', putAside: 'never' },
  uses: [...usedByTriggered, 'target'],
  async start(context): Promise<StartedSystem> {
    const { world, topics } = context
    const names = replicationNames(context)
    const triggered = await Triggered.start(context, {
      ...{ code: 'replicate', partialResponses: true },
      environment: { ...replicationVariables(context, names), FAILURE_POLICY: 'fail' },
    })
    return {
      victims: [triggered.function],
      mappings: triggered.mappings,
      progress: () => triggered.progress(),
      async finish() {},
      found: () => readTopics(world.target.direct, names.onTarget(topics)),
      async putAside() {
        return triggered.log.leftInKafka
      },
      stop: () => triggered.stop(),
    }
  },
}

export interface ReplicationNames {
  sourceAlias: string
  targetAlias: string
  /** The target topic of each source topic. */
  onTarget(topics: readonly string[]): Map<string, string>
}

/** Aliases that no other system of any schedule has: topics for offsets are named after them, and renamed topics as well. */
export function replicationNames({ name }: SystemContext): ReplicationNames {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10)
  const sourceAlias = `source-${digest}`
  return {
    sourceAlias,
    targetAlias: `target-${digest}`,
    onTarget: topics => new Map(topics.map(topic => [topic, `${sourceAlias}.${topic}`])),
  }
}

/** Variables of all functions of a replication. */
export function replicationVariables({ world }: SystemContext, names: ReplicationNames): Record<string, string> {
  return {
    ...clusterEnvironment('SOURCE', world.source.connection),
    ...clusterEnvironment('TARGET', world.target.connection),
    ...{ SOURCE_ALIAS: names.sourceAlias, TARGET_ALIAS: names.targetAlias },
  }
}
