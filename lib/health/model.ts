import * as z from 'zod'
import { type Act, acts as actNames } from '../error.ts'
import { type State, stateNames } from './state.ts'

const time = z.iso.datetime()
const count = z.number().min(0)
const milliseconds = z.number().min(0)
const perMinute = z.number().min(0)
const offset = z.int().min(0)
const act = z
  .enum(Object.keys(actNames) as [Act, ...Act[]])
  .nullable()
  .describe('Who has to act: `person`, `system` when the system tries again, null when there is nothing to do.')
const state = z.enum(stateNames as [State, ...State[]])
const unknown = z
  .record(z.string(), z.string())
  .describe('Why a field is null although it may have a value, by the name of the field. Any other null is no value.')

const failure = z.strictObject({
  code: z.string().describe('An error code of docs/failures.md, or that of the runtime for an error that has none.'),
  message: z.string(),
  time: time.describe('When it was logged.'),
  act,
  function: z.string().describe('Name of the function that logged it.'),
  topic: z.string().optional(),
  partition: z.int().optional(),
  offset: z.int().optional().describe('Of the first record that it concerns.'),
})

const finding = z.strictObject({ state, reason: z.string(), act })

const mapping = z.strictObject({
  topic: z.string(),
  state: z
    .string()
    .describe('As Lambda tells it: `Enabled`, `Disabled`, or during a change `Creating`, `Updating` and the like.'),
  lastResult: z
    .string()
    .nullable()
    .describe('`OK`, `No records processed`, or `PROBLEM: …`; null when Lambda does not tell.'),
})

const companion = z.strictObject({
  function: z.string().describe('`check`, `compact`, `reconcile`, `record-cluster`, `sync-offsets` or `sync-topics`.'),
  ok: z.boolean().nullable().describe('Whether its last run succeeded; null when it has not run lately.'),
  lastRun: time.nullable().describe('When it last ended, well or not.'),
  lastError: failure.nullable().describe('Of the last run, if it failed.'),
  result: z.record(z.string(), z.unknown()).describe('What the last run reported, such as `checkpoints`.'),
  unknown,
})

const staged = z.strictObject({
  objects: count.describe('Batches that waited when compaction last began.'),
  oldestAgeMs: milliseconds.nullable().describe('Age of the oldest of them.'),
})

const lastDelivery = z.strictObject({
  time: time.describe('When the records were delivered.'),
  key: z.string().optional().describe('Of a dump: the object or, with rotation, the staged batch.'),
  topic: z.string().optional().describe('Of a replication: the topic on the target.'),
  partition: z.int().optional().describe('Of a replication: the partition there.'),
  offset: offset.optional().describe('Of a replication: the offset behind the last record there.'),
})

/** One topic-partition of a connector. */
export const partitionHealth = z.strictObject({
  topic: z.string(),
  partition: z.int().min(0),
  committed: offset.nullable().describe('The offset at which it continues; null when its group has committed none.'),
  start: offset.nullable().describe('The first offset that the topic still has.'),
  end: offset.nullable().describe('The offset behind the last record.'),
  lag: count.nullable().describe('Records that are unread.'),
  oldestUnread: time.nullable().describe('Timestamp of the next unread record.'),
  oldestUnreadAgeMs: milliseconds.nullable().describe('How long ago that was.'),
  recordsInPerMinute: perMinute.nullable().describe('Records produced to it, mean of the last five minutes.'),
  recordsOutPerMinute: perMinute.nullable().describe('Records delivered of it, likewise.'),
  catchUpMs: milliseconds
    .nullable()
    .describe('Until nothing is unread, if both rates stay; null when that is never, or nothing is unread.'),
  stopped: z.boolean().describe('Whether a record waits that fails again and again.'),
  lastDelivery: lastDelivery.nullable().describe('Of the last 15 minutes.'),
  lastError: failure.nullable().describe('Of the last 24 hours.'),
  unknown,
})

/** What `connectors list` shows of each connector. */
export const connectorHealth = z.strictObject({
  name: z.string().describe('As it is declared.'),
  type: z.enum(['dump', 'replicate']),
  topics: z.array(z.string()).describe('Those declared, or those that match its pattern and have a mapping.'),
  pattern: z.string().nullable().describe('The pattern that it declares; null when it names its topics.'),
  state: state.describe('docs/operate.md explains the states.'),
  reason: z.string().describe('Why it is in that state, in one sentence.'),
  act,
  findings: z.array(finding).describe('All that was found, worst first. The first gives `state`, `reason` and `act`.'),
  mappings: z.array(mapping).describe('Its event source mappings.'),
  lag: count
    .nullable()
    .describe(
      'Records that are unread in all partitions. With `exactLag` under `unknown`, it is that of CloudWatch: a few minutes old, and of the topic that is furthest behind.',
    ),
  oldestUnread: time.nullable().describe('Timestamp of the oldest record that is the next of its partition.'),
  oldestUnreadAgeMs: milliseconds.nullable().describe('How long ago that was.'),
  recordsInPerMinute: perMinute
    .nullable()
    .describe('Records that the function received, mean of the last five minutes.'),
  recordsOutPerMinute: perMinute.nullable().describe('Records that it delivered, likewise.'),
  failed24h: count.nullable().describe('Records put aside or left in Kafka in the last 24 hours.'),
  stops24h: count
    .nullable()
    .describe('How often a partition stopped in the last 24 hours. Each attempt at the same record counts.'),
  lastSuccess: time.nullable().describe('When records were last delivered, to the minute or the five minutes.'),
  lastError: failure.nullable().describe('Of its own function, in the last 24 hours.'),
  companions: z.array(companion).describe('The functions that run beside its own.'),
  staged: staged.nullable().describe('Of a dump with rotation; null for all others.'),
  unknown,
})

/** What `connectors describe` shows. */
export const describedConnector = connectorHealth.extend({
  partitions: z.array(partitionHealth).describe('All of them, in the order of topics and numbers.'),
  newestCheckpoint: time.nullable().describe('When `sync-offsets` last wrote a checkpoint.'),
})

export type Failure = z.infer<typeof failure>
export type CompanionHealth = z.infer<typeof companion>
export type MappingHealth = z.infer<typeof mapping>
export type StagedHealth = z.infer<typeof staged>
export type LastDelivery = z.infer<typeof lastDelivery>
export type PartitionHealth = z.infer<typeof partitionHealth>
export type ConnectorHealth = z.infer<typeof connectorHealth>
export type DescribedConnector = z.infer<typeof describedConnector>
