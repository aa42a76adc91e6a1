import { openBucket } from '../../../local/bucket.ts'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import type { PutAside } from '../checker/found.ts'
import { credentialVariables, nextPrefix, storeVariables } from './environment.ts'
import { readFailedTopics } from './failed-topics.ts'
import { readBucket } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

export interface DumpOptions {
  summary: string
  policy: 'fail' | 'log'
  partialResponses: boolean
  /** Whether records that fail go to topics of the cluster for them; otherwise they stay in Kafka. */
  putsAside: boolean
  /** Format, compression and partitioner. */
  variables: Record<string, string>
}

/** A dump without rotation. */
export function dumpSystem(options: DumpOptions): ChaosSystem {
  const { summary, policy, putsAside } = options
  return {
    summary,
    // A batch that is delivered again may be cut differently, and is another object then.
    laws: { duplicates: 'allowed', putAside: policy === 'log' ? 'allowed' : 'never' },
    uses: [...usedByTriggered, 'store', 'credentials', ...(putsAside ? (['dead letters'] as const) : [])],
    start: context => startDump(context, options),
  }
}

async function startDump(context: SystemContext, options: DumpOptions): Promise<StartedSystem> {
  const { world, name: bucket } = context
  const { policy, partialResponses, variables } = options
  const failed = failureTopics(context, options)
  await openBucket({ ...world.store.direct, bucket })
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses },
    environment: {
      ...storeVariables(world.store.address, bucket),
      ...(failed && { ...failed, ...clusterEnvironment('SOURCE', world.deadLetters.connection) }),
      FAILURE_POLICY: policy,
      ...variables,
    },
  })
  return {
    victims: [triggered.function],
    mappings: triggered.mappings,
    async rotateCredentials() {
      triggered.function.deploy(credentialVariables(world.store.address))
    },
    async recreating() {
      const resume = await triggered.pause()
      return async () => {
        triggered.function.deploy(nextPrefix)
        resume()
      }
    },
    progress: () => triggered.progress(),
    async finish() {},
    found: () => readBucket(world.store.direct, bucket),
    async putAside(): Promise<PutAside[]> {
      const topics = Object.values(failed ?? {})
      return [...triggered.log.leftInKafka, ...(await readFailedTopics(world.deadLetters.direct, topics))]
    },
    stop: () => triggered.stop(),
  }
}

function failureTopics({ name }: SystemContext, { putsAside }: DumpOptions) {
  if (!putsAside) return undefined
  return { ABNORMAL_DATA_TOPIC: `${name}-abnormal`, DEAD_LETTER_TOPIC: `${name}-dead` }
}
