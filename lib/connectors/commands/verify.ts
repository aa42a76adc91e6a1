import { createDumpedRecords } from '../../dumped/create-dumped-records.ts'
import { layouts } from '../../dumped/layouts/index.ts'
import type { FormatSettings } from '../../formats/encode.ts'
import { createAdmin } from '../../kafka/admin/admin.ts'
import { createPartitionRecords } from '../../kafka/read/partition-records.ts'
import { parseTime, TIME_EXPECTED } from '../../point-in-time.ts'
import type { KafkaRecord } from '../../record.ts'
import { hasBeenOn } from '../../replication/source-header.ts'
import { parsePartitions, placeText } from '../../restore/notation.ts'
import { type Compared, recordFields } from '../../verify/record-fields.ts'
import { reportOf, type VerifyReport } from '../../verify/report.ts'
import { replicatedPartitions, verifyCopy } from '../../verify/verify-copy.ts'
import { verifyDump } from '../../verify/verify-dump.ts'
import type { DumpConnector, ReplicateConnector } from '../declaration/connector.ts'
import { topicsOf } from '../resources/pattern.ts'
import { CommandError, connectorNamed, type StreamingContext } from './command.ts'
import { connectorClusters } from './connector-clusters.ts'
import type { CommandResult } from './documents/index.ts'
import { openConnector } from './opened-connector.ts'
import { ReadingProgress } from './reading-progress.ts'
import { isNothingCompared, verdictOf, verifyText } from './verify-text.ts'

export interface VerifyOptions {
  name: string
  topic?: string
  /** Such as `0,2,5-7`. */
  partitions?: string
  /** Only records from this time on. */
  since?: string
}

/** What of the topics is compared. */
interface Wanted {
  topic?: string
  partitions?: number[]
  /** In milliseconds since the epoch. */
  since?: number
  signal: AbortSignal
}

/** The name by which the brokers know the process. */
const CLIENT_ID = 'kafka-functions-verify'

/**
 * Compares what a connector has written with the topics that it reads, record by record, and produces nothing. It is a failure when
 * something differs, or there is nothing to compare.
 */
export async function verify(context: StreamingContext, options: VerifyOptions): Promise<CommandResult<'verify'>> {
  const connector = connectorNamed(options.name, context.connectors)
  const wanted = { ...wantedOf(options), signal: context.interruption() }
  const report = await (connector.kind === 'dump'
    ? compareDump(connector, context, wanted)
    : compareTopics(connector, context, wanted))
  const isFailure = !report.intact || isNothingCompared(report)
  const verdict = verdictOf(report)
  return {
    document: report,
    text: () => [verifyText(report), ...(isFailure ? [] : [verdict])].filter(text => text !== '').join('\n'),
    failure: isFailure ? verdict : undefined,
  }
}

function wantedOf({ topic, partitions, since }: VerifyOptions): Omit<Wanted, 'signal'> {
  const numbers = partitions === undefined ? undefined : parsePartitions(partitions)
  if (partitions !== undefined && !numbers)
    throw new CommandError(`--partitions: expected numbers such as 0,2,5-7, got ${partitions}`)
  const time = since === undefined ? undefined : parseTime(since, Date.now())
  if (since !== undefined && time === undefined)
    throw new CommandError(`--since: expected ${TIME_EXPECTED}, got ${since}`)
  return { topic, partitions: numbers, since: time }
}

async function compareDump(
  connector: DumpConnector,
  { deployment }: StreamingContext,
  { topic, partitions, since, signal }: Wanted,
): Promise<VerifyReport> {
  const { source, environment } = await connectorClusters(connector, deployment)
  const { settings, commits } = await openConnector(connector, deployment)
  const { prefix } = settings.keys
  const { recordRetentionMs, keepLatest } = settings.retention
  const template = environment.OBJECT_KEY_TEMPLATE || undefined
  const layout = layouts['kafka-functions'].create({ prefix, template })
  const { bucket } = settings.store
  const at = (other: string) => ({
    place: placeText({ bucket, prefix: other }),
    layout: layouts['kafka-functions'].create({ prefix: other, template }),
  })
  const dumped = createDumpedRecords([{ store: commits, prefix, layout, recordRetentionMs, at }])
  const progress = new ReadingProgress()
  const topics = progress.ofTopics(createPartitionRecords(source, CLIENT_ID))
  const admin = createAdmin(source, CLIENT_ID)
  const { compared, notCompared } = comparedOf(settings.format)
  const oldest = recordRetentionMs === undefined ? undefined : Date.now() - recordRetentionMs
  try {
    const partitionsOf = verifyDump({
      ...{ dumped, topics, compared, signal },
      selection: { topics: dumpedTopics(connector, topic), partitions, from: since },
      isCompacted: async name =>
        (await admin.topicSettings([name])).get(name)?.['cleanup.policy']?.includes('compact') ?? false,
      isNotKept: ({ timestamp }: KafkaRecord) =>
        keepLatest !== undefined || (oldest !== undefined && timestamp < oldest),
    })
    const sides = { first: 'dump', second: 'topic', notCompared } as const
    return reportOf(sides, compared, await Array.fromAsync(partitionsOf))
  } finally {
    progress.end()
    await Promise.all([topics.close(), dumped.close()])
  }
}

/** The connector's own topics: others may have the same folder. */
function dumpedTopics({ source }: DumpConnector, topic: string | undefined): string[] {
  if (topic !== undefined) return [topic]
  return source.topics ?? [`/${source.pattern}/`]
}

/** What a dump keeps of records, and the reasons for the rest. */
function comparedOf({ includeHeaders, values }: FormatSettings): { compared: Compared; notCompared: string[] } {
  const reasons = {
    ...(includeHeaders ? {} : { headers: 'headers, which the dump doesn’t include (INCLUDE_HEADERS)' }),
    ...(values === 'json' ? { value: 'values, which the dump has decoded to JSON (VALUE_FORMAT)' } : {}),
  }
  const fields = recordFields.filter(field => !(field in reasons))
  return { compared: { fields, addedHeaders: true }, notCompared: Object.values(reasons) }
}

async function compareTopics(
  connector: ReplicateConnector,
  { deployment }: StreamingContext,
  { topic, partitions, since, signal }: Wanted,
): Promise<VerifyReport> {
  const clusters = await connectorClusters(connector, deployment)
  const { settings } = clusters
  if (settings.type !== 'replicate') throw new CommandError(`${connector.name} is no replication.`)
  const { policy, sourceAlias, targetAlias } = settings.replication
  if (settings.records.partitioner !== 'same')
    throw new CommandError(
      `${connector.name} replicates to other partitions (partitioner ${settings.records.partitioner}), so the order of records can’t be compared.`,
    )
  const progress = new ReadingProgress()
  const source = progress.ofTopics(createPartitionRecords(clusters.source, CLIENT_ID))
  const target = createPartitionRecords(settings.target, CLIENT_ID)
  const compared: Compared = { fields: recordFields, addedHeaders: false }
  const topics = topic === undefined ? await sourceTopics(connector, clusters.source) : [topic]
  try {
    const copies = replicatedPartitions({
      ...{ source, target, topics, partitions, since },
      remoteTopic: name => policy.remoteTopic(sourceAlias, name),
      isReplicated: record => !hasBeenOn(record, targetAlias),
    })
    const comparisons = await Array.fromAsync(verifyCopy({ copies, target, since, compared, signal }))
    return reportOf({ first: 'topic', second: 'copy', notCompared: [] }, compared, comparisons)
  } finally {
    progress.end()
    await Promise.all([source.close(), target.close()])
  }
}

async function sourceTopics(
  connector: ReplicateConnector,
  source: Parameters<typeof createAdmin>[0],
): Promise<string[]> {
  const { topics } = connector.source
  return topics ?? topicsOf(connector, (await createAdmin(source, CLIENT_ID).partitionCounts()).keys())
}
