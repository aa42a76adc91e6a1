import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../../../local/bucket.ts'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import { until } from '../until.ts'
import { Command } from './command.ts'
import { storeVariables } from './environment.ts'
import { readTopics } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'
import { TopicView } from './topic-view.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

const program = join(import.meta.dirname, '../../../cli/kafka-functions.ts')

/** Between two runs of the command, in milliseconds. */
const PAUSE_MS = 2_000

/** A dump, and a restore of it into the target cluster that is started again and again while the dump grows. */
export const restore: ChaosSystem = {
  summary:
    'dump to lines of JSON, and its restore into another cluster under other names: one restore that is continued by command after command',
  laws: { duplicates: 'never', putAside: 'never' },
  uses: [...usedByTriggered, 'store', 'credentials', 'target', 'command'],
  start: startRestore,
}

async function startRestore(context: SystemContext): Promise<StartedSystem> {
  const { world, name: bucket, topics, say } = context
  await openBucket({ ...world.store.direct, bucket })
  const store = storeVariables(world.store.address, bucket)
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses: true },
    environment: { ...store, FORMAT: 'jsonl', FAILURE_POLICY: 'fail' },
  })
  const restored = new Map(topics.map(topic => [topic, `${bucket}-restored-${topic}`]))
  const folder = await mkdtemp(join(tmpdir(), 'chaos-restore-'))
  const renames = Array.from(restored, ([topic, there]) => ['--rename', `${topic}=${there}`]).flat()
  const command = new Command({
    arguments: [program, 'restore', ...renames, '--groups', 'none', '--report', folder, '--json'],
    environment: { ...store, ...clusterEnvironment('TARGET', world.target.connection) },
    ...{ pauseMs: PAUSE_MS, say },
  })
  return {
    victims: [triggered.function, command],
    mappings: triggered.mappings,
    progress: () => triggered.progress(),
    finish: () => until(async () => (await command.last()).code === 0, 'the restore is complete'),
    found: () => readTopics(world.target.direct, restored),
    view: () => TopicView.open(world.target.direct, restored.values()),
    async putAside() {
      return triggered.log.leftInKafka
    },
    async stop() {
      await Promise.all([triggered.stop(), command.stop()])
      await rm(folder, { recursive: true })
    },
  }
}
