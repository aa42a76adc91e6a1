import { openBucket } from '../../../local/bucket.ts'
import { until } from '../until.ts'
import { BucketView } from './bucket-view.ts'
import { credentialVariables, nextPrefix, storeVariables } from './environment.ts'
import { Job } from './job.ts'
import { hasObjects, readBucket } from './reading.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'
import { Triggered, usedByTriggered } from './triggered.ts'

/** Between two runs of compact, in milliseconds: often enough that faults meet one at every step. */
const PAUSE_MS = 3_000

/** Objects are closed by their number of records, and the last ones by time. */
const rotation = { ROTATE_FLUSH_SIZE: '2000', ROTATE_MAX_OPEN_MS: '10000' }

const summary =
  'dump to Avro in folders by a field, with rotation: compact every 3 s in a process of its own; policy fail, partial responses'

/** A dump with rotation. Its objects can be read at any time. */
export const dumpRotated: ChaosSystem = {
  summary,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: [...usedByTriggered, 'store', 'credentials', 'job'],
  start: context => startRotated(context, { FORMAT: 'avro', PARTITION_BY: '/region' }),
}

/** @param variables format and partitioner */
async function startRotated(context: SystemContext, variables: Record<string, string>): Promise<StartedSystem> {
  const { world, name: bucket, say } = context
  await openBucket({ ...world.store.direct, bucket })
  const environment = {
    ...storeVariables(world.store.address, bucket),
    ...{ ...rotation, ...variables, FAILURE_POLICY: 'fail' },
  }
  const triggered = await Triggered.start(context, { code: 'dump', environment, partialResponses: true })
  const compact = await Job.start({ code: 'compact', environment, pauseMs: PAUSE_MS, say })
  let staging = '_staging/'
  const compacted = () => compactAll(compact, () => hasObjects(world.store.direct, bucket, staging))
  return {
    victims: [triggered.function, compact.function],
    mappings: triggered.mappings,
    async rotateCredentials() {
      const credentials = credentialVariables(world.store.address)
      for (const each of [triggered.function, compact.function]) each.deploy(credentials)
    },
    async recreating() {
      const resume = await triggered.pause()
      await compacted()
      return async () => {
        for (const each of [triggered.function, compact.function]) each.deploy(nextPrefix)
        staging = `${nextPrefix.OBJECT_PREFIX}/_staging/`
        resume()
      }
    },
    progress: () => triggered.progress(),
    finish: compacted,
    found: () => readBucket(world.store.direct, bucket),
    view: () => BucketView.open(world.store.direct, bucket),
    async putAside() {
      return triggered.log.leftInKafka
    },
    async stop() {
      await Promise.all([triggered.stop(), compact.stop()])
    },
  }
}

/** Waits until everything that is staged is in objects. */
export async function compactAll(compact: Job, isStaged: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    await compact.run()
    return !(await isStaged())
  }, 'everything that is staged is in objects')
}
