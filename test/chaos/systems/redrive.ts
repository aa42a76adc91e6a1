import { appendFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../../../local/bucket.ts'
import { clusterEnvironment } from '../../support/cluster-environment.ts'
import { dump } from '../../support/connectors.ts'
import { until } from '../until.ts'
import { BucketView } from './bucket-view.ts'
import { Command } from './command.ts'
import { compactAll } from './dump-rotated.ts'
import { credentialVariables, nextPrefix, storeVariables } from './environment.ts'
import { Job } from './job.ts'
import { countRedriven, hasObjects, readBucket } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext, Victim } from './system.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

/**
 * How many records are put aside before the bucket is the right one: more than the partitions of any load have before it begins, and
 * fewer than the load of a long run has, so that faults meet redrives.
 */
const PUT_ASIDE = 300
/** Between two runs of the command and of compact, in milliseconds. */
const PAUSE_MS = 3_000

const rotate = { flushSize: 2_000, maxOpenMs: 10_000 }
const rotation = { ROTATE_FLUSH_SIZE: String(rotate.flushSize), ROTATE_MAX_OPEN_MS: String(rotate.maxOpenMs) }

/** A dump whose first records fail because of a wrong setting. They are done again by command after command. */
export const redrive: ChaosSystem = {
  summary: `dump to lines of JSON with rotation, policy log: its bucket is wrong until ${PUT_ASIDE} records are put aside, which command after command redrives`,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: [...usedByTriggered, 'store', 'credentials', 'job', 'command'],
  start: startRedrive,
}

async function startRedrive(context: SystemContext): Promise<StartedSystem> {
  const { world, name: bucket, say } = context
  const deadLetterTopic = `${bucket}-dead`
  const folder = await mkdtemp(join(tmpdir(), 'chaos-redrive-'))
  const log = join(folder, 'log')
  await writeFile(log, '')
  await openBucket({ ...world.store.direct, bucket })
  const consumerGroup = `${bucket}-{topic}`
  let environment: Record<string, string> = {
    ...storeVariables(world.store.address, bucket),
    ...clusterEnvironment('SOURCE', world.source.connection),
    ...{ ...rotation, FORMAT: 'jsonl', FAILURE_POLICY: 'log', DEAD_LETTER_TOPIC: deadLetterTopic },
    CONNECTOR_NAME: 'flow',
    ...{ CONNECTOR_TYPE: 'dump', CONSUMER_GROUP: consumerGroup },
  }
  const { triggered, mend } = await startWrong(context, environment, log)
  const compact = await Job.start({ code: 'compact', environment, pauseMs: PAUSE_MS, say })
  const deploy = (changes: Record<string, string>) => {
    environment = { ...environment, ...changes }
    for (const each of [triggered.function, compact.function]) each.deploy(changes)
  }
  const start = (prefix?: string) => {
    const to = { bucket, format: 'jsonl', rotate, prefix }
    const declaration = dump({ source: { topics: [...context.topics], consumerGroup }, to })
    return new Command({
      arguments: [join(import.meta.dirname, 'redriving.ts')],
      environment: () => ({ REDRIVING: JSON.stringify({ declaration, environment, log }) }),
      ...{ pauseMs: PAUSE_MS, say },
    })
  }
  const commands = [start()]
  const victims: Victim[] = [triggered.function, compact.function, ...commands]
  let staging = '_staging/'
  const completed = async () => {
    mend()
    await until(() => hasNothingLeft(commands.at(-1) as Command), 'everything that was put aside is redriven')
    await compactAll(compact, () => hasObjects(world.store.direct, bucket, staging))
  }
  return {
    victims,
    mappings: triggered.mappings,
    async rotateCredentials() {
      deploy(credentialVariables(world.store.address))
    },
    async recreating() {
      const resume = await triggered.pause()
      await completed()
      return async () => {
        deploy({ ...nextPrefix, DEAD_LETTER_TOPIC: `${deadLetterTopic}-created-again` })
        await writeFile(log, '')
        const command = start(nextPrefix.OBJECT_PREFIX)
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
    async findings() {
      const redriven = await countRedriven(world.store.direct, bucket)
      say(`${redriven} records were redriven`)
      return redriven > 0 ? [] : ['no record was redriven, so the run shows nothing of a redrive']
    },
    async stop() {
      await Promise.all([triggered.stop(), compact.stop(), ...commands.map(command => command.stop())])
      await rm(folder, { recursive: true })
    },
  }
}

/**
 * Starts the function with a bucket that doesn't exist.
 *
 * @param log gets the lines about failed records
 * @returns also a function that gives it the right bucket; it is called here once enough records are put aside
 */
async function startWrong(context: SystemContext, environment: Record<string, string>, log: string) {
  const bucket = environment.S3_BUCKET ?? ''
  let putAside = 0
  let isWrong = true
  const mend = () => {
    if (!isWrong) return
    isWrong = false
    triggered.function.deploy({ S3_BUCKET: bucket })
    context.say(`the bucket is the right one now: ${putAside} records were put aside`)
  }
  const triggered = await Triggered.start(context, {
    ...{ code: 'dump', partialResponses: false },
    environment: { ...environment, S3_BUCKET: `${bucket}-wrong` },
    onFailed({ message, records }, line) {
      appendFileSync(log, `${line}\n`)
      if (message !== 'Partition stopped') putAside += records
      if (putAside >= PUT_ASIDE) mend()
    },
  })
  return { triggered, mend }
}

/** A redrive that finds nothing to do. */
async function hasNothingLeft(command: Command): Promise<boolean> {
  const { code, output } = await command.last()
  return code === 0 && JSON.parse(output).places.length === 0
}
