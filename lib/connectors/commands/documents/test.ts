import * as z from 'zod'
import { connector, partition, topic, version } from './schema.ts'

export const testDocument = z.strictObject({
  schema: version,
  connector,
  sent: z
    .strictObject({ topic, partition, offset: z.int().describe('On the source.') })
    .describe('Where the record was sent.'),
  arrived: z.boolean().describe('Whether it was found before the time was over.'),
  seconds: z.number().describe('How long it took to be found, or how long it was looked for.'),
  found: z
    .union([
      z.strictObject({ bucket: z.string(), key: z.string().describe('Of the object with the record.') }),
      z.strictObject({ topic: z.string(), partition: z.int(), offset: z.int() }),
    ])
    .nullable()
    .describe('The object that has it, or its place on the target cluster; null if it did not arrive.'),
})
