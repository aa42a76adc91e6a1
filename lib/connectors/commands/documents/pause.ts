import * as z from 'zod'
import { connector, version } from './schema.ts'

export const pauseDocument = z.strictObject({
  schema: version,
  connector,
  reads: z.boolean().describe('Whether the connector reads its topics now.'),
  topics: z.array(z.string()).describe('The topics that it has mappings for.'),
  changed: z.array(z.string()).describe('Those whose mappings had to be switched.'),
})
