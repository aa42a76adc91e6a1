import * as z from 'zod'
import { marks } from '../../../plan/change.ts'

const change = z.strictObject({
  mark: z
    .enum(marks)
    .describe(
      'What becomes of it. caution: done, with a consequence that should be read. refused: a deployment fails. note: left as it is.',
    ),
  what: z.string().describe('What the line is about, in words.'),
  key: z.string().optional().describe('The key that declares it, from the connector’s name on.'),
  from: z.string().optional().describe('The value that is deployed, as text. Never a secret.'),
  to: z.string().optional().describe('The value that is declared, as text. Never a secret.'),
  unit: z.string().optional().describe('The unit of both values.'),
  note: z.string().optional().describe('What follows from it, and what to do.'),
})

export const planDocument = z.strictObject({
  schema: z.literal(1).describe('The version of these fields.'),
  stack: z
    .strictObject({
      name: z.string(),
      region: z.string(),
      status: z.string().nullable().describe('As CloudFormation calls it; null when there is no stack.'),
    })
    .describe('Where the service is deployed to.'),
  connectors: z
    .array(
      z.strictObject({
        name: z.string().describe('As it is declared, with -push or -pull for a direction of both.'),
        kind: z.enum(['dump', 'replicate']),
        state: z.enum(['new', 'changed', 'removed', 'unchanged']),
        changes: z.array(change).describe('One for each line.'),
      }),
    )
    .describe('One for each connector that is declared or deployed.'),
  service: z.array(change).describe('What connectors have in common, and the rest of the service.'),
})

export type PlanDocument = z.input<typeof planDocument>
