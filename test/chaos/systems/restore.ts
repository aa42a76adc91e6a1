import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../../../local/bucket.ts'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import { until } from '../until.ts'
import { Command } from './command.ts'
import { credentialVariables, nextPrefix, storeVariables } from './environment.ts'
import { readTopics } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext, Victim } from './system.ts'
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
  let store = storeVariables(world.store.address, bucket)
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses: true },
    environment: { ...store, FORMAT: 'jsonl', FAILURE_POLICY: 'fail' },
  })
  const target = clusterEnvironment('TARGET', world.target.connection)
  const folder = await mkdtemp(join(tmpdir(), 'chaos-restore-'))
  const restored = (what: string) => new Map(topics.map(topic => [topic, `${bucket}-${what}-${topic}`]))
  const [first, second] = [restored('restored'), restored('created-again')]
  const start = (onTarget: ReadonlyMap<string, string>, prefix: Record<string, string>) => {
    const renames = Array.from(onTarget, ([topic, there]) => ['--rename', `${topic}=${there}`]).flat()
    return new Command({
      arguments: [program, 'restore', ...renames, '--groups', 'none', '--report', folder, '--json'],
      environment: () => ({ ...store, ...target, ...prefix }),
      ...{ pauseMs: PAUSE_MS, say },
    })
  }
  const commands = [start(first, {})]
  const victims: Victim[] = [triggered.function, ...commands]
  const completed = () => until(async () => (await commands.at(-1)?.last())?.code === 0, 'the restore is complete')
  return {
    victims,
    mappings: triggered.mappings,
    async rotateCredentials() {
      const credentials = credentialVariables(world.store.address)
      store = { ...store, ...credentials }
      triggered.function.deploy(credentials)
    },
    async recreating() {
      const resume = await triggered.pause()
      await completed()
      return async () => {
        triggered.function.deploy(nextPrefix)
        const command = start(second, nextPrefix)
        commands.push(command)
        victims.push(command)
        resume()
      }
    },
    progress: () => triggered.progress(),
    finish: completed,
    async *found() {
      yield* readTopics(world.target.direct, first)
      if (commands.length > 1) yield* readTopics(world.target.direct, second)
    },
    view: () => TopicView.open(world.target.direct, [...first.values(), ...second.values()]),
    async putAside() {
      return triggered.log.leftInKafka
    },
    async stop() {
      await Promise.all([triggered.stop(), ...commands.map(command => command.stop())])
      await rm(folder, { recursive: true })
    },
  }
}
