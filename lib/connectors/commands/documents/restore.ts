import * as z from 'zod'
import { count, milliseconds, runs, version } from './schema.ts'

const outcome = z.enum(['planned', 'restored', 'unfinished', 'failed'])

const restoredPartition = z.strictObject({
  topic: z.string().describe('As it was dumped.'),
  partition: z.int().describe('As it was dumped.'),
  records: count('Read and selected.'),
  bytes: count('Of their keys, values and headers.'),
  firstOffset: z.int().optional().describe('As it was dumped.'),
  lastOffset: z.int().optional().describe('As it was dumped.'),
  present: count('Records that were on the target already, written by an earlier run of the same restore.'),
  produced: count('Records that this run has produced.'),
  targetFirst: z.int().optional().describe('Offset on the target of the first one.'),
  targetLast: z.int().optional().describe('Offset on the target of the last one.'),
  missing: runs('Offsets that the dump lacks, the first 1,000 runs.'),
  missingOffsets: count('How many offsets the dump lacks altogether.'),
  duplicates: count('Records that the dump has more than once.'),
  conflicts: count('Different records with the same offset.'),
  corrupt: z
    .array(
      z.strictObject({
        key: z.string(),
        message: z.string(),
        firstOffset: z.int().optional(),
        lastOffset: z.int().optional(),
      }),
    )
    .describe('Objects that can’t be read.'),
  digestRead: z.string().describe('Over what was read and selected.'),
  digestProduced: z.string().describe('Over what this run has produced.'),
})

const restoredTopic = z.strictObject({
  topic: z.string().describe('As it was dumped.'),
  target: z.string().describe('Its name on the target.'),
  targetState: z
    .enum(['created', 'present', 'purged', 'create'])
    .describe('Whether the target topic was there before; `create`: a dry run would create it.'),
  partitions: count('Of the target topic.'),
  settings: z.record(z.string(), z.string()).describe('Of the target topic, as they were set.'),
  places: z.array(restoredPartition).describe('By partition.'),
})

const restoredGroup = z.strictObject({
  group: z.string().describe('The consumer group.'),
  outcome: z
    .enum(['set', 'planned', 'active', 'unchanged', 'failed', 'unknown', 'undone'])
    .describe('`active`: it has members, so it was left alone. `unknown`: nothing was recorded of it.'),
  positions: z
    .array(
      z.strictObject({
        topic: z.string(),
        partition: z.int(),
        before: z.int().optional().describe('Where the group was.'),
        offset: z.int().optional().describe('Where it continues.'),
        recorded: z.int().optional().describe('Its position on the source that was recorded.'),
      }),
    )
    .describe('On the target.'),
  message: z.string().optional().describe('Why it failed, or what is special.'),
})

const problem = z.strictObject({
  code: z.string().describe('An error code.'),
  message: z.string().describe('What is wrong, and what to do.'),
  topic: z.string().optional(),
  partition: z.int().optional(),
  offset: z.int().optional(),
})

export const restoreDocument = z.strictObject({
  schema: version,
  id: z.string().describe('Identifies the restore: one with the same id continues it.'),
  outcome: outcome.describe('`planned`: a dry run. `unfinished`: it was interrupted, or its time was over.'),
  started: milliseconds('When it began.'),
  ended: milliseconds('When it ended.'),
  sources: z.array(z.string()).describe('Where from, such as `s3://bucket/prefix`.'),
  losses: z.array(z.string()).describe('What the source can’t give back.'),
  topics: z.array(restoredTopic).describe('One for each dumped topic.'),
  groups: z.array(restoredGroup).describe('Consumer groups.'),
  problems: z.array(problem).describe('The most important first.'),
  estimatedMs: z.number().optional().describe('Of a dry run: how long the restore will take, in milliseconds.'),
})
