import * as z from 'zod'
import { connectorHealth } from '../../../health/model.ts'
import { version } from './schema.ts'

export const listDocument = z.strictObject({
  schema: version,
  connectors: z
    .array(connectorHealth)
    .describe('One for each connector, worst state first, then as they are declared.'),
})
