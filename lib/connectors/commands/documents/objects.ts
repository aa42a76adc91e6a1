import * as z from 'zod'
import { count, milliseconds } from './schema.ts'

const topic = z.string().describe('On the source.')
const partition = z.int().describe('On the source.')
const partitionOrAll = z.union([z.int(), z.literal('all')]).describe('On the source; `all`: of all partitions.')
const key = z.string().describe('Of the object.')
const bytes = count('As it is stored.')
const offset = (which: string) => z.int().describe(`The ${which} offset.`)
const byPartition = (meaning: string) => z.record(z.string(), z.int()).optional().describe(meaning)

/** A line for each, by its `type`. */
export const objectsDocument = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('object').describe('An object that readers see.'),
    topic,
    partition: partitionOrAll,
    key,
    path: z.string().optional().describe('The partitioner’s folders.'),
    firstOffset: offset('first'),
    lastOffset: offset('last'),
    bytes,
    written: milliseconds('When it was committed, or written where there is no log.'),
    records: count('With rotation only, as all that follows.').optional(),
    minTimestamp: z.number().optional().describe('Of its records.'),
    maxTimestamp: z.number().optional().describe('Of its records.'),
    etag: z.string().optional().describe('As the store gave it.'),
    reason: z.string().optional().describe('What closed it.'),
    sequence: z.int().optional().describe('The entry of the log that made it.'),
    expired: z.literal(true).optional().describe('Its records are older than the retention. It isn’t counted.'),
  }),
  z.strictObject({
    type: z.enum(['gap', 'overlap']).describe('Offsets that no object has, or more than one.'),
    topic,
    partition,
    firstOffset: offset('first'),
    lastOffset: offset('last'),
    reason: z.literal('damaged').optional().describe('A staged object was damaged. Absent: they were in no batch.'),
  }),
  z.strictObject({
    type: z.literal('unit').describe('What a topic-partition has, behind its objects.'),
    topic,
    partition: partitionOrAll,
    objects: count('How many.'),
    records: count('With rotation only.').optional(),
    bytes,
    missing: count('Offsets in gaps.'),
    positions: byPartition('By partition, the offset behind everything that was taken.'),
    earlier: byPartition('By partition, the offset at which the log begins.'),
    sequence: z.int().optional().describe('The newest entry of the log.'),
    isUnderWay: z.boolean().optional().describe('Whether its objects are still being written.'),
  }),
  z.strictObject({
    type: z.literal('staged').describe('A batch that waits.'),
    topic,
    partition,
    key,
    firstOffset: offset('first'),
    lastOffset: offset('last'),
    records: count('In the batch.'),
    bytes,
    staged: milliseconds('When it was staged, by the store’s clock.'),
  }),
  z.strictObject({
    type: z.literal('quarantined').describe('A batch that was put aside.'),
    key,
    bytes,
    quarantined: milliseconds('When it was put aside.'),
  }),
  z.strictObject({
    type: z
      .literal('orphan')
      .describe('With `--orphans`: a large value, in an object of its own, that no record names.'),
    topic,
    partition,
    offset: z.int().describe('Of its record.'),
    key,
    bytes,
    written: milliseconds('When it was written.'),
    deleted: z.boolean().describe('Whether it has just been deleted.'),
  }),
  z.strictObject({
    type: z.literal('total').describe('The last line.'),
    objects: count('How many.'),
    bytes,
    staged: count('Batches that wait.'),
    stagedBytes: count('Of these batches.'),
    oldestStaged: milliseconds('When the oldest of these was staged.').optional(),
    quarantined: count('Batches that were put aside.'),
  }),
])
