import * as z from 'zod'
import { CommandError } from '../../connectors/commands/command.ts'
import { reportPage } from '../../restore/report-page.ts'
import type { AskedQuestion } from '../question.ts'

/** The report of a restore, as the command writes it into its folder. */
export const restoreReport: AskedQuestion<'restore-report'> = {
  args: z.strictObject({ run: z.string().max(100) }),
  everyMs: 60_000,
  async answer({ runs }, { run }) {
    const document = runs.documentOf('restore', run)
    if (!document) throw new CommandError('The console no longer has the report of this restore.')
    return { html: reportPage(document), json: `${JSON.stringify(document, undefined, 2)}\n` }
  },
}
