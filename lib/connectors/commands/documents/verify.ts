import * as z from 'zod'
import { recordFields } from '../../../verify/record-fields.ts'
import { count, partition, topic, version } from './schema.ts'

const field = z.enum(recordFields)

const difference = z.strictObject({
  kind: z.enum(['differs', 'only-first', 'only-second', 'moved']).describe('`moved`: in another order.'),
  first: z.int().optional().describe('Offset of the record in the first.'),
  second: z.int().optional().describe('Offset of the record in the second.'),
  fields: z.array(field).optional().describe('Of records that differ: in what.'),
})

const comparison = z.strictObject({
  topic,
  partition,
  other: z.string().optional().describe('The name of the second topic, where it has another one.'),
  equal: count('Records that both have, in all compared fields the same.'),
  differing: count('Records that both have, with a difference.'),
  onlyFirst: count('Records that only the first has.'),
  onlySecond: count('Records that only the second has.'),
  moved: count('Records that both have, but in another order.'),
  gone: count('Records of one that the other had to delete: by retention, or because its topic is compacted.'),
  notKept: count('Records of the second that the first doesn’t keep, by its retention or `keepLatest`.'),
  notYet: count('Offsets of the topic that aren’t dumped yet, or records that aren’t replicated yet.'),
  before: count('Offsets of the topic before the first one of the dump.'),
  absent: z.boolean().describe('Whether the first has nothing of the partition, though the second has.'),
  differences: z.array(difference).describe('The first ones, by offsets and never by content.'),
  unreadable: z
    .array(z.strictObject({ key: z.string(), message: z.string() }))
    .describe('Objects of the dump that can’t be read. Their records aren’t compared.'),
  digestFirst: z.string().describe('Over the compared fields of what both should have.'),
  digestSecond: z.string().describe('Equal to `digestFirst` if nothing differs.'),
})

export const verifyDocument = z.strictObject({
  schema: version,
  first: z.enum(['dump', 'topic']).describe('What `first` means below.'),
  second: z.enum(['topic', 'copy']).describe('What `second` means below.'),
  intact: z.boolean().describe('Whether there is no difference in what both should have.'),
  compared: z.array(field).describe('The fields of records that are compared.'),
  notCompared: z.array(z.string()).describe('Why other fields are not compared.'),
  partitions: z.array(comparison).describe('One for each topic-partition.'),
})
