import type { CommitStore } from '../commits/commit-store.ts'
import type { Unit } from '../commits/entry.ts'
import { logFolder, logsFolder } from '../commits/log-key.ts'
import { shortDigest } from '../digest.ts'
import { decodeSegment } from '../objects/segment.ts'
import type { Compaction, RunTime } from './compaction.ts'
import { type SweepReport, sweep } from './retention.ts'

const HOUR_MS = 3_600_000
const MINUTES = 60
const HOURS = 24

/**
 * Minutes of the hour in which units are swept. A run that begins late may begin in the next minute, and sweeping twice does no
 * harm.
 */
const SWEPT_MINUTES = 2

/** Every unit that has a log, by two short listings each. Folders with other names are passed over. */
export async function* unitsWithLog(store: CommitStore, prefix: string): AsyncGenerator<Unit> {
  const folder = logsFolder(prefix)
  for (let after = folder; ; ) {
    const [next] = await Array.fromAsync(store.list(folder, { after, limit: 1 }))
    if (!next) return
    const [topic = '', partition = ''] = next.key.slice(folder.length).split('/')
    const unit: Unit = { topic: decodeSegment(topic), partition: partition === 'all' ? 'all' : Number(partition) }
    const own = logFolder(prefix, unit)
    if (next.key.startsWith(own)) yield unit
    // The character that follows the slash: all keys of the folder sort before it.
    after = next.key.startsWith(own) ? `${own.slice(0, -1)}0` : next.key
  }
}

/**
 * Sweeps each unit once or twice a day, in an hour and at minutes that follow from names: so that neither all units nor all connectors
 * are swept at once, and nothing has to be remembered. To be called every minute.
 */
export async function sweepDue(compaction: Compaction, time: RunTime): Promise<SweepReport> {
  const { store, prefix, now } = compaction
  const total = { replaced: 0, expired: 0, values: 0 }
  const minutes = Math.floor(now() / 60_000) - numberOf(prefix, MINUTES)
  if (minutes % MINUTES >= SWEPT_MINUTES) return total
  const hour = Math.floor(now() / HOUR_MS) % HOURS
  for await (const unit of unitsWithLog(store, prefix)) {
    if (numberOf(logFolder(prefix, unit), HOURS) !== hour) continue
    if (now() >= time.deadline) break
    const { replaced, expired, values } = await sweep(unit, compaction, time)
    total.replaced += replaced
    total.expired += expired
    total.values += values
  }
  return total
}

/** A number below `limit` that follows from a name. */
function numberOf(name: string, limit: number): number {
  return Number.parseInt(shortDigest(name, 8), 16) % limit
}
