import { describe as describeConnector } from '../../connectors/commands/describe.ts'
import type { AskedQuestion } from '../question.ts'
import { commandContext, documentOf } from './command-document.ts'
import { named } from './named.ts'

/** The health of a connector with its partitions. */
export const describe: AskedQuestion<'describe'> = {
  args: named,
  everyMs: 5_000,
  answer: async (context, { name }, signal) =>
    documentOf(await describeConnector(commandContext(context, signal), { name, all: true })),
}
