import * as z from 'zod'
import { fetchFailed } from '../../connectors/commands/failed-record.ts'
import type { AskedQuestion } from '../question.ts'
import { inDetail, shownRecord } from '../records/shown-record.ts'
import { commandContext } from './command-document.ts'
import { named } from './named.ts'

/** A failed record, as a redrive would take it: from the topic or the document that has it, otherwise from the source. */
export const failedRecord: AskedQuestion<'failed-record'> = {
  args: named.extend({
    ...{ topic: z.string().max(249), partition: z.int().min(0), offset: z.int().min(0) },
    since: z.string().max(100).optional(),
  }),
  everyMs: 60_000,
  async answer(context, asked, signal) {
    const answer = await fetchFailed(commandContext(context, signal), asked, signal)
    return answer.found === 'record' ? { found: 'record', record: shownRecord(answer.record, inDetail) } : answer
  },
}
