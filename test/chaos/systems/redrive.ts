import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openBucket } from '../../../local/bucket.ts'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import { dump } from '../../support/connectors.ts'
import { until } from '../until.ts'
import { BucketView } from './bucket-view.ts'
import { Command } from './command.ts'
import { compactAll } from './dump-rotated.ts'
import { nextPrefix, storeVariables } from './environment.ts'
import { Job } from './job.ts'
import { hasObjects, readBucket } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext, Victim } from './system.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

/** How long the function writes to a bucket that doesn't exist, and all of its records are put aside, in milliseconds. */
const WRONG_MS = 5_000
/** Between two runs of the command and of compact, in milliseconds. */
const PAUSE_MS = 3_000

const rotate = { flushSize: 2_000, maxOpenMs: 10_000 }
const rotation = { ROTATE_FLUSH_SIZE: String(rotate.flushSize), ROTATE_MAX_OPEN_MS: String(rotate.maxOpenMs) }

/** A dump whose first records fail because of a wrong setting. They are done again by command after command. */
export const redrive: ChaosSystem = {
  summary:
    'dump to lines of JSON with rotation, policy log: for 5 s its bucket is wrong, what is put aside then is redriven by command after command',
  laws: { duplicates: 'never', putAside: 'never' },
  uses: [...usedByTriggered, 'store', 'credentials', 'job', 'command'],
  start: startRedrive,
}

async function startRedrive(context: SystemContext): Promise<StartedSystem> {
  const { world, name: bucket, topics, say } = context
  const deadLetterTopic = `${bucket}-dead`
  const consumerGroup = `${bucket}-{topic}`
  const folder = await mkdtemp(join(tmpdir(), 'chaos-redrive-'))
  const log = join(folder, 'log')
  await writeFile(log, '')
  await openBucket({ ...world.store.direct, bucket })
  const environment = {
    ...storeVariables(world.store.address, bucket),
    ...clusterEnvironment('SOURCE', world.source.connection),
    ...{ ...rotation, FORMAT: 'jsonl', FAILURE_POLICY: 'log', DEAD_LETTER_TOPIC: deadLetterTopic },
    CONNECTOR_NAME: 'flow',
    ...{ CONNECTOR_TYPE: 'dump', CONSUMER_GROUP: consumerGroup },
  }
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses: false, logFile: log },
    environment: { ...environment, S3_BUCKET: `${bucket}-wrong` },
  })
  const mended = mendLater(triggered, bucket, say)
  const compact = await Job.start({ code: 'compact', environment, pauseMs: PAUSE_MS, say })
  const start = (changes: Record<string, string>, prefix?: string) => {
    const to = { bucket, format: 'jsonl', rotate, prefix }
    const declaration = dump({ source: { topics: [...topics], consumerGroup }, to })
    return new Command({
      arguments: [join(import.meta.dirname, 'redriving.ts')],
      environment: { REDRIVING: JSON.stringify({ declaration, environment: { ...environment, ...changes }, log }) },
      ...{ pauseMs: PAUSE_MS, say },
    })
  }
  const commands = [start({})]
  const victims: Victim[] = [triggered.function, compact.function, ...commands]
  let staging = '_staging/'
  const completed = async () => {
    await mended
    await until(() => hasNothingLeft(commands.at(-1) as Command), 'everything that was put aside is redriven')
    await compactAll(compact, () => hasObjects(world.store.direct, bucket, staging))
  }
  return {
    victims,
    mappings: triggered.mappings,
    async recreating() {
      const resume = await triggered.pause()
      await completed()
      return async () => {
        const changes = { ...nextPrefix, DEAD_LETTER_TOPIC: `${deadLetterTopic}-created-again` }
        for (const each of [triggered.function, compact.function]) each.deploy(changes)
        await writeFile(log, '')
        const command = start(changes, nextPrefix.OBJECT_PREFIX)
        commands.push(command)
        victims.push(command)
        staging = `${nextPrefix.OBJECT_PREFIX}/_staging/`
        resume()
      }
    },
    progress: () => triggered.progress(),
    finish: completed,
    found: () => readBucket(world.store.direct, bucket),
    view: () => BucketView.open(world.store.direct, bucket),
    async putAside() {
      return []
    },
    async stop() {
      await Promise.all([triggered.stop(), compact.stop(), ...commands.map(command => command.stop())])
      await rm(folder, { recursive: true })
    },
  }
}

async function mendLater(triggered: Triggered, bucket: string, say: (line: string) => void): Promise<void> {
  await sleep(WRONG_MS)
  triggered.function.deploy({ S3_BUCKET: bucket })
  say('the bucket is the right one now')
}

/** A redrive that finds nothing to do. */
async function hasNothingLeft(command: Command): Promise<boolean> {
  const { code, output } = await command.last()
  return code === 0 && JSON.parse(output).places.length === 0
}
