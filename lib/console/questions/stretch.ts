import * as z from 'zod'
import { FINEST, joinedRuns } from '../objects/joined-runs.ts'
import { useObjects } from '../objects/opened-objects.ts'
import type { AskedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** Entries of a page. */
const PAGE = 100

/** The objects, batches, gaps and overlaps of some offsets of a partition, one by one. */
export const stretch: AskedQuestion<'stretch'> = {
  args: z.strictObject({
    ...{ name: connectorName, topic: z.string().min(1).max(249) },
    ...{ partition: z.union([z.int().min(0), z.literal('all')]), after: z.int().min(0) },
    ...{ first: z.int().min(0).optional(), last: z.int().min(0).optional(), trouble: z.boolean().optional() },
  }),
  everyMs: 20_000,
  answer: (context, { name, topic, partition, after, first, last, trouble }, signal) =>
    useObjects(context, name, signal, async ({ inventory }) => {
      const { entries = [] } = (await inventory.partition(topic, partition)) ?? {}
      const { MAX_SAFE_INTEGER } = Number
      const chosen = entries
        .filter(
          ({ firstOffset, lastOffset }) => firstOffset <= (last ?? MAX_SAFE_INTEGER) && lastOffset >= (first ?? -1),
        )
        .filter(({ kind }) => !trouble || kind !== 'object')
        .toSorted((one, other) => other.firstOffset - one.firstOffset)
      const runs = partition === 'all' ? [] : joinedRuns(chosen, FINEST)
      return { entries: chosen.slice(after, after + PAGE), count: chosen.length, runs }
    }),
}
