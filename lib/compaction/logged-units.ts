import type { CommitStore } from '../commits/commit-store.ts'
import type { Unit } from '../commits/entry.ts'
import { logFolder, logsFolder } from '../commits/log-key.ts'
import { decodeSegment, encodeSegment } from '../objects/segment.ts'

/** Sorts behind the name of each entry, which begins with a digit. */
const BEHIND_ENTRIES = '~'

/**
 * The units that have a log, in the order of their folders. Each takes one request, however long its log is.
 *
 * @param topic only this topic's
 */
export async function* loggedUnits(
  store: Pick<CommitStore, 'list'>,
  prefix: string,
  topic?: string,
): AsyncGenerator<Unit> {
  const folder = logsFolder(prefix)
  const within = topic === undefined ? folder : `${folder}${encodeSegment(topic)}/`
  for (let after: string | undefined; ; ) {
    const [first] = await Array.fromAsync(store.list(within, { after, limit: 1 }))
    if (!first) return
    const unit = unitOf(first.key.slice(folder.length))
    if (unit) yield unit
    after = unit ? logFolder(prefix, unit) + BEHIND_ENTRIES : first.key
  }
}

/** Undefined where something else than a log is in the folder. */
function unitOf(path: string): Unit | undefined {
  const [, topic, partition] = /^([^/]+)\/(\d+|all)\/[^/]+$/.exec(path) ?? []
  if (topic === undefined || partition === undefined) return undefined
  return { topic: decodeSegment(topic), partition: partition === 'all' ? 'all' : Number(partition) }
}
