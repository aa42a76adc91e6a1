import type { CommitStore } from '../commits/commit-store.ts'
import type { ObjectName } from '../objects/key.ts'
import { REDRIVE_PLAN } from '../objects/redriven.ts'
import type { TopicPartition } from '../record.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { CHANGE } from './carry-out.ts'
import { createRedriveLog, type RedriveLog } from './redrive-log.ts'

/**
 * Tells which offsets the objects of redrives have: names tell only the first and the last one, and anything may lie between. The
 * log of redrives knows them, so that no object is read.
 *
 * @param prefix the connector's folder, without slashes at either end
 * @returns for the key of an object, its offsets; undefined when no redrive has made it. Throws `COMMIT_LOG_NEWER` and
 *   `COMMIT_LOG_DAMAGED`.
 */
export function createRedrivenOffsets(store: Pick<CommitStore, 'list' | 'get' | 'create' | 'head'>, prefix: string) {
  const logs = new Map<string, { log: RedriveLog; newest: ReturnType<RedriveLog['newest']> }>()

  function logOf({ topic, partition }: TopicPartition) {
    const place = `${topic}/${partition}`
    const known = logs.get(place)
    if (known) return known
    const log = createRedriveLog(store, prefix, { topic, partition })
    const opened = { log, newest: log.newest() }
    logs.set(place, opened)
    return opened
  }

  return async (key: string, { topic, partition, made }: ObjectName): Promise<OffsetRuns | undefined> => {
    // Only names with a sequence are those of redrives, or of compaction.
    if (partition === 'all' || !made) return undefined
    const { log, newest } = logOf({ topic, partition })
    // Where nothing was ever redriven, no object has to be asked whose it is.
    if (!(await newest)) return undefined
    const { [REDRIVE_PLAN]: sequence, [CHANGE]: change = '0' } = (await store.head(key))?.metadata ?? {}
    return sequence === undefined ? undefined : await log.offsetsOf(key, Number(sequence), Number(change))
  }
}
