import * as z from 'zod'
import { type ErrorCode, errorCodes } from '../../../error.ts'
import { version } from './schema.ts'

const result = z.strictObject({
  check: z.string().describe('What was checked, such as `source login`.'),
  ok: z.boolean().describe('Whether it passed.'),
  detail: z.string().describe('What was found, or why it failed.'),
  warning: z
    .literal(true)
    .optional()
    .describe('Of a check that passed: the cluster may lose records without a sign, as `detail` tells.'),
  errorCode: z
    .enum(Object.keys(errorCodes) as ErrorCode[])
    .optional()
    .describe('Of a check that failed.'),
  act: z.enum(['person', 'system']).optional().describe('Of a check that failed with a code: who has to act.'),
})

const warning = z.strictObject({
  path: z.string().describe('The key of the declaration.'),
  message: z.string().describe('What may be lost, and how to prevent it.'),
})

export const checkDocument = z.strictObject({
  schema: version,
  passed: z.boolean().describe('Whether all checks of all connectors passed.'),
  connectors: z
    .array(
      z.strictObject({
        name: z.string().describe('The connector.'),
        passed: z.boolean().describe('Whether all of its checks passed.'),
        results: z.array(result).describe('In the order in which they are printed.'),
        warnings: z.array(warning).describe('What the declaration allows, but may lose records.'),
      }),
    )
    .describe('One for each connector.'),
})
