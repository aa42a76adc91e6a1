import * as z from 'zod'
import { connector, count, version } from './schema.ts'

const partition = z.union([z.int(), z.literal('all')])

const object = z.strictObject({
  topic: z.string().describe('On the source.'),
  partition: partition.describe('On the source; `all`: of all partitions of the topic.'),
  key: z.string().describe('Of the object.'),
  records: count('In the object.'),
  bytes: count('As it is stored; absent of a dry run.').optional(),
  reason: z.string().describe('What closed the object, as in the [commit log](compact.md).'),
})

export const compactDocument = z.strictObject({
  schema: version,
  connector,
  outcome: z
    .enum(['planned', 'compacted', 'interrupted'])
    .describe('`planned`: a dry run. `interrupted`: the next run finishes what was begun.'),
  objects: z.array(object).describe('Objects that were made, or would be.'),
  quarantined: count('Staged objects that were put into quarantine.'),
  waiting: z
    .strictObject({
      staged: count('Staged objects that wait for more records or for the time.'),
      oldest: z.iso.datetime().optional().describe('When the oldest of them was staged.'),
      units: count('Topic-partitions that are left for the next run.'),
    })
    .describe('What is left.'),
  failed: z
    .array(
      z.strictObject({
        topic: z.string(),
        partition,
        code: z.string().optional().describe('The error code.'),
        message: z.string(),
      }),
    )
    .describe('Topic-partitions that could not be compacted.'),
  adopted: z
    .strictObject({
      objects: count('Old objects that were adopted, or would be.'),
      bytes: count('Of these objects.'),
      removed: count('Old objects that were deleted.'),
      left: z
        .array(z.strictObject({ key: z.string(), reason: z.string() }))
        .describe('Old objects that stay where they are, with the reason.'),
    })
    .optional()
    .describe('With `--adopt`.'),
})
