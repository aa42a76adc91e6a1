import * as z from 'zod'
import { logLevels } from '../../../observability/logger.ts'
import { entryKinds } from '../log-entry.ts'

/** A line for each line of the log. */
export const logsDocument = z.strictObject({
  time: z.iso.datetime().describe('When it was logged.'),
  function: z.string().describe('The function that logged it, such as `dump` or `compact`.'),
  functionName: z.string().describe('Its name in AWS.'),
  kind: z
    .enum(entryKinds)
    .describe(
      '`line`: a structured line of the function. `report`: how an invocation went. `start`: a new instance. `timeout`, `memory`, `crash`: how the platform ended an invocation. `text`: anything else.',
    ),
  level: z.enum(logLevels),
  message: z.string().describe('What happened.'),
  code: z.string().optional().describe('The error code, or the type of another error.'),
  act: z.enum(['person', 'system']).optional().describe('Who has to act.'),
  fields: z.record(z.string(), z.unknown()).describe('What else the [line](operate.md#logs) says.'),
})
