import * as z from 'zod'
import type { FollowedQuestion } from '../question.ts'

/** What was started in the console: all of it, whenever something has changed. */
export const runs: FollowedQuestion<'runs'> = {
  args: z.strictObject({}),
  follow: ({ runs }, _, signal) => runs.changes(signal),
}
