import { openBucket } from '../../../local/bucket.ts'
import { createTopics } from '../../../local/topics.ts'
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
  /** Whether records that fail go to topics of the cluster for them, and some have to; otherwise they stay in Kafka. */
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
  const failedTopics = Object.values(failed ?? {})
  await openBucket({ ...world.store.direct, bucket })
  // Beforehand: a topic that no record needed is read in the end, too.
  if (failed) await createTopics(world.deadLetters.direct, Object.fromEntries(failedTopics.map(topic => [topic, 1])))
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses },
    environment: {
      ...storeVariables(world.store.address, bucket),
      ...(failed && { ...failed, ...clusterEnvironment('SOURCE', world.deadLetters.connection) }),
      FAILURE_POLICY: policy,
      ...variables,
    },
  })
  let aside: Promise<PutAside[]> | undefined
  const readAside = async () => {
    const inTopics = await readFailedTopics(world.deadLetters.direct, failedTopics)
    return [...triggered.log.leftInKafka, ...inTopics]
  }
  const putAside = () => (aside ??= readAside())
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
    putAside,
    async findings() {
      if (!failed || (await putAside()).length > 0) return []
      return ['no record was put aside, so the run shows nothing of topics for failed records']
    },
    stop: () => triggered.stop(),
  }
}

function failureTopics({ name }: SystemContext, { putsAside }: DumpOptions) {
  if (!putsAside) return undefined
  return { ABNORMAL_DATA_TOPIC: `${name}-abnormal`, DEAD_LETTER_TOPIC: `${name}-dead` }
}
