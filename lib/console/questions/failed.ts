import * as z from 'zod'
import { findFailed } from '../../connectors/commands/failed.ts'
import { FailedTable } from '../../connectors/commands/failed-table.ts'
import type { FailedAnswer } from '../api/index.ts'
import type { AskedQuestion } from '../question.ts'
import { commandContext } from './command-document.ts'
import { named } from './named.ts'

/** Ranges of offsets in a row, rows, and characters of a code in an answer: together they stay below a megabyte. */
const MOST_RANGES = 20
const MOST_ROWS = 500
const MOST_CAUSES = 100
/** Codes come from headers of dead letters, which may be anything. */
const MOST_CODE = 200

/** The failed records of a connector, by cause and by place. */
export const failed: AskedQuestion<'failed'> = {
  args: named.extend({ since: z.string().max(100).optional(), code: z.string().max(MOST_CODE).optional() }),
  // A list reads the topics for failed records and the log.
  everyMs: 30_000,
  answer: (context, options, signal) =>
    findFailed(
      commandContext(context, signal),
      options,
      async ({ failed, problems }) => {
        const table = new FailedTable(MOST_RANGES)
        for await (const group of failed) table.add({ ...group, code: group.code.slice(0, MOST_CODE) })
        return answerOf(table, problems)
      },
      { signal },
    ),
}

function answerOf({ rows, causes }: FailedTable, problems: string[]): FailedAnswer {
  return {
    records: causes.reduce((sum, { records }) => sum + records, 0),
    causes: causes.slice(0, MOST_CAUSES),
    rows: rows.toSorted((one, other) => other.time - one.time).slice(0, MOST_ROWS),
    moreRows: Math.max(rows.length - MOST_ROWS, 0),
    problems,
  }
}
