import { FailoverGroup } from './failover.ts'
import { Job } from './job.ts'
import { readTopics } from './reading.ts'
import { replicationNames, replicationVariables } from './replicate.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'
import { TopicView } from './topic-view.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

/** Between two runs of sync-offsets, in milliseconds. */
const PAUSE_MS = 5_000

/** A replication with transactions, and a consumer group that moves to the target. */
export const replicateOnce: ChaosSystem = {
  summary:
    'replicate, exactly once, policy fail, without partial responses; sync-offsets every 5 s for a consumer group that commits each second, and could fail over at any moment',
  laws: { duplicates: 'never', putAside: 'never' },
  uses: [...usedByTriggered, 'target', 'job'],
  start: startOnce,
}

async function startOnce(context: SystemContext): Promise<StartedSystem> {
  const { world, topics, name, say } = context
  const names = replicationNames(context)
  const group = `${name}-app`
  const replication = { ...replicationVariables(context, names), OFFSET_SYNCS_LOCATION: 'target' }
  const triggered = await Triggered.start(context, {
    ...{ code: 'replicate', partialResponses: false },
    environment: { ...replication, EXACTLY_ONCE: 'true', FAILURE_POLICY: 'fail' },
  })
  const sync = await Job.start({
    ...{ code: 'sync-offsets', pauseMs: PAUSE_MS, say },
    environment: { ...replication, GROUPS: group, SYNC_CONSUMER_OFFSETS: 'true' },
  })
  const onTarget = names.onTarget(topics)
  const { source, target } = world
  const moving = new FailoverGroup({ source: source.direct, target: target.direct, onTarget, group, sync, say })
  let findings: string[] = []
  return {
    victims: [triggered.function, sync.function],
    mappings: triggered.mappings,
    async recreating() {
      await moving.pause()
      return async () => moving.resume()
    },
    progress: () => triggered.progress(),
    async finish() {
      findings = await moving.failOver()
    },
    found: () => readTopics(world.target.direct, onTarget),
    view: () => TopicView.open(world.target.direct, onTarget.values()),
    async putAside() {
      return triggered.log.leftInKafka
    },
    findings: async () => findings,
    async stop() {
      await Promise.all([triggered.stop(), sync.stop(), moving.stop()])
    },
  }
}
