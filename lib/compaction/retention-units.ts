import { logsFolder } from '../commits/log-key.ts'
import { unitsWithLog } from '../commits/log-units.ts'
import type { Compaction, RunTime } from './compaction.ts'
import { type SweepReport, sweep } from './retention.ts'
import type { SweepMark } from './retention-mark.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Sweeps each unit whose last sweep was a day ago or wasn't finished. To be called in every run, whenever these are: the units'
 * marks are looked at once an hour, by an object that says when they were.
 */
export async function sweepDue(compaction: Compaction, time: RunTime): Promise<SweepReport> {
  const { store, prefix, now } = compaction
  const total = { replaced: 0, expired: 0, values: 0 }
  const looked = `${logsFolder(prefix)}_swept`
  const last = await store.head(looked)
  if (last && last.modified + HOUR_MS > now()) return total
  const isDue = (mark?: SweepMark) => !mark || mark.unfinished === true || mark.created + DAY_MS <= now()
  for await (const unit of unitsWithLog(store, prefix)) {
    // The next run continues: what this one has swept is no longer due.
    if (now() >= time.deadline) return total
    const { replaced, expired, values } = await sweep(unit, compaction, time, isDue)
    total.replaced += replaced
    total.expired += expired
    total.values += values
  }
  await store.put({ key: looked, body: Buffer.from('swept\n'), contentType: 'text/plain', metadata: {} })
  return total
}
