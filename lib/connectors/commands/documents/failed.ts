import * as z from 'zod'
import { connector, count, ranges, runs, version } from './schema.ts'

const place = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('topic'), topic: z.string().describe('Of `topic`: its name.') }),
    z.strictObject({
      kind: z.literal('document'),
      in: z.literal('s3').describe('Of `document`: where it is.'),
      name: z.string().describe('Of `document`: its key.'),
    }),
    z.strictObject({
      kind: z.literal('kafka'),
      named: z.enum(['log', 'sqs', 's3', 'topic']).describe('Of `kafka`: who names the records.'),
    }),
    z.strictObject({ kind: z.literal('waiting') }),
  ])
  .describe(
    'Where the records are: in a topic for failed records, in a document of the on-failure destination, only in `kafka`, or `waiting` there for the trigger to deliver them again.',
  )

const failedRecords = z.strictObject({
  topic: z.string().describe('On the source; empty if it is unknown.'),
  partition: z.int().describe('On the source; -1 if it is unknown.'),
  offsets: ranges('On the source; empty if the platform gives none.'),
  records: count('How many records, at most.'),
  code: z.string().describe('The error code, or the condition of the on-failure destination.'),
  act: z
    .enum(['person', 'system'])
    .describe('Who has to act. `system`: the trigger delivers them again once the trouble is over.'),
  place,
  time: z.iso.datetime().optional().describe('When they failed, the last time; absent if it is unknown.'),
  gone: ranges('Of those that only Kafka has: offsets that it no longer has.'),
})

const problems = z.array(z.string()).describe('Sentences about what could not be listed.')

export const failedDocument = z.strictObject({
  schema: version,
  connector,
  failed: z.array(failedRecords).describe('Records with the same reason and place.'),
  totals: z.record(z.string(), z.int()).describe('Records by code.'),
  problems,
})

const places = z.array(
  z.strictObject({
    topic: z.string().describe('On the source.'),
    partition: z.int().describe('On the source.'),
    redriven: runs('Done again.'),
    present: runs('In the result before.'),
    failed: z
      .array(
        z.strictObject({
          code: z.string().describe('The error code.'),
          offsets: runs('Of these records.'),
          time: z.number().describe('When they failed again, in milliseconds since the epoch.'),
        }),
      )
      .describe('Failed again.'),
    gone: runs('Nobody has them any more.'),
    refused: z
      .array(z.strictObject({ offsets: runs('Of these records.'), reason: z.string().describe('A sentence.') }))
      .describe('Records that must not be taken.'),
    waiting: count('Records that the trigger delivers again.'),
    unplaced: count('Records without offsets, which nothing tells apart.'),
    stopped: z
      .strictObject({ code: z.string(), message: z.string() })
      .optional()
      .describe('Why the others were not tried; absent: all were.'),
  }),
)

export const redriveDocument = z.strictObject({
  schema: version,
  connector,
  outcome: z
    .enum(['planned', 'redriven', 'unfinished'])
    .describe('`planned`: a dry run. `unfinished`: it was interrupted, and the next one continues.'),
  failed: z.array(failedRecords).optional().describe('Of a dry run: what would be done again, as `failed` has it.'),
  places: places.optional().describe('What became of the records, by topic-partition; absent of a dry run.'),
  problems,
})
