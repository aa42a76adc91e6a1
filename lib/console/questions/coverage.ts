import * as z from 'zod'
import type { Coverage, CoverageKind, StretchEntry } from '../api/index.ts'
import type { Covered } from '../objects/inventory.ts'
import { FINEST, joinedRuns } from '../objects/joined-runs.ts'
import { useObjects } from '../objects/opened-objects.ts'
import type { AskedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** Partitions of a page. */
const PAGE = 50
/** How finely all strips of a page are divided together, so that an answer has less than a megabyte. */
const FINEST_IN_ALL = 2_000
/** Objects in quarantine that are shown. */
const MOST_QUARANTINED = 100

/** What the objects of a dump cover of its topics' offsets. */
export const coverage: AskedQuestion<'coverage'> = {
  args: z.strictObject({
    ...{ name: connectorName, topic: z.string().min(1).max(249).optional() },
    ...{ troubled: z.boolean().optional(), after: z.int().min(0).optional() },
  }),
  everyMs: 20_000,
  answer: (context, { name, topic, troubled, after = 0 }, signal) =>
    useObjects(context, name, signal, async ({ inventory }) => {
      const { partitions, quarantined, total, isCut, read } = await inventory.read(topic)
      const withTrouble = partitions.filter(isTroubled)
      const page = (troubled ? withTrouble : partitions).slice(after, after + PAGE)
      const fineness = Math.min(FINEST, Math.ceil(FINEST_IN_ALL / page.length))
      return {
        partitions: page.map(covered => coverageOf(covered, fineness)),
        known: { partitions: partitions.length, troubled: withTrouble.length },
        topics: [...new Set(partitions.map(({ topic }) => topic))],
        quarantined: quarantined.slice(0, MOST_QUARANTINED),
        ...{ total, isCut, read },
      }
    }),
}

function isTroubled({ entries }: Covered): boolean {
  return entries.some(({ kind }) => kind === 'gap' || kind === 'overlap')
}

function coverageOf({ topic, partition, entries, earlier, isUnderWay }: Covered, fineness: number): Coverage {
  const of = (kind: CoverageKind) => entries.filter(entry => entry.kind === kind && !entry.expired)
  const objects = of('object')
  const sums = {
    objects: objects.length,
    bytes: objects.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    staged: of('staged').length,
    missing: offsetsOf(of('gap')),
    repeated: offsetsOf(of('overlap')),
  }
  const runs = partition === 'all' ? [] : joinedRuns(entries, fineness)
  return { topic, partition, ...sums, earlier, isUnderWay, runs }
}

function offsetsOf(entries: StretchEntry[]): number {
  return entries.reduce((sum, { firstOffset, lastOffset }) => sum + lastOffset - firstOffset + 1, 0)
}
