import * as z from 'zod'
import { query as queryOf } from '../../connectors/commands/query.ts'
import type { AskedQuestion } from '../question.ts'
import { commandContext, documentOf } from './command-document.ts'
import { connectorName } from './named.ts'

/** How DuckDB, pyarrow and Athena read the objects. */
export const query: AskedQuestion<'query'> = {
  args: z.strictObject({ name: connectorName, topic: z.string().min(1).max(249).optional() }),
  everyMs: 60_000,
  answer: async (context, args, signal) => documentOf(await queryOf(commandContext(context, signal), args)),
}
