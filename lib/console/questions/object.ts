import * as z from 'zod'
import { objectPage } from '../objects/object-page.ts'
import { useObjects } from '../objects/opened-objects.ts'
import type { AskedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** The content of an object, a page at a time. */
export const object: AskedQuestion<'object'> = {
  args: z.strictObject({
    ...{ name: connectorName, key: z.string().min(1).max(2_000) },
    ...{ after: z.int().min(0), whole: z.boolean().optional() },
  }),
  everyMs: 30_000,
  answer: (context, { name, key, after, whole = false }, signal) =>
    useObjects(context, name, signal, opened => objectPage(key, { after, whole }, opened, signal)),
}
