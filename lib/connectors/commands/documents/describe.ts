import * as z from 'zod'
import { describedConnector } from '../../../health/model.ts'
import { version } from './schema.ts'

export const describeDocument = z.strictObject({
  schema: version,
  ...describedConnector.shape,
})
