import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { Attempt } from '../delivery/attempt.ts'
import { retryableOnceCreated } from '../kafka/error.ts'
import type { Log } from '../observability/logger.ts'
import { bytesOf, type Telemetry } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'
import type { TopicFilter } from './naming/topic-filter.ts'
import { partitionsFor, type Routing, route } from './routing.ts'
import { hasBeenOn } from './source-header.ts'
import type { TargetTopics } from './target-topics.ts'
import { type TargetWriter, toOutgoing } from './target-writer.ts'

/**
 * Partitions written at the same time. Each waits for a few round trips to the clusters, one after the other, which cost no
 * processor time; with few at once, an event of a thousand partitions and a distant cluster would take minutes.
 */
export const PARTITIONS_AT_ONCE = 200

/** How one connector's records get to the target. */
export interface Replication extends Routing {
  targetAlias: string
  filter: TopicFilter
  topics: TargetTopics
  writer: TargetWriter
  logger: Log
  telemetry: Telemetry
}

/**
 * Produces the records of one topic-partition to the target, with key, value, headers and timestamp unchanged. Records
 * that the topic filter excludes, or that have been on the target before, count as done without being sent.
 *
 * @param records at least one, in the order of their offsets
 * @param attempt is told of the records that are on the target
 * @throws AbnormalDataError when the target refuses some of the records
 * @throws CodedError
 */
export async function replicateRecords(records: KafkaRecord[], replication: Replication, attempt: Attempt) {
  const { policy, sourceAlias, topics, writer, logger, telemetry } = replication
  const range = rangeOf(records)
  const excluded = replication.filter(range.topic)
  const isSkipped = (record: KafkaRecord) => excluded !== undefined || hasBeenOn(record, replication.targetAlias)
  const { skipped = [], remaining = [] } = Object.groupBy(records, one => (isSkipped(one) ? 'skipped' : 'remaining'))
  if (skipped.length > 0) {
    attempt.delivered(skipped)
    logger.info('Records skipped', { ...range, records: skipped.length, reason: excluded ?? 'source header' })
  }
  if (remaining.length === 0) return
  const target = policy.remoteTopic(sourceAlias, range.topic)
  try {
    const partitions = await topics.ready(range.topic, target, partitionsFor(range.partition, replication))
    const routed = route(remaining, replication, partitions)
    const source = { topic: range.topic, partition: range.partition }
    const count = (written: Pick<KafkaRecord, 'key' | 'value' | 'headers'>[]) => {
      telemetry.add('RecordsOut', written.length)
      telemetry.add('BytesOut', bytesOf(written))
    }
    const delivered = (part: KafkaRecord[]) => {
      count(part)
      attempt.delivered(part)
    }
    const write = () => writer.write({ source, target, records: routed }, { ...attempt, delivered })
    const { written, spans } = await telemetry.step('Send', { ...source, target }, write)
    attempt.delivered(remaining)
    count(written.map(toOutgoing))
    const present = routed.length - written.length
    if (present > 0) logger.info('Records skipped', { ...range, records: present, reason: 'already on the target' })
    // Of other partitioners, the records are in several partitions.
    const last = replication.partitioner === 'same' ? spans.at(-1) : undefined
    const targetOffset = last && last.targetFirst + last.count
    const fields = { ...range, records: written.length, target, targetOffset }
    if (written.length > 0) logger.info('Records replicated', fields)
  } catch (error) {
    if (error instanceof AbnormalDataError) throw error
    topics.forget(target)
    throw retryableOnceCreated(error, [target])
  }
}

function rangeOf(records: KafkaRecord[]) {
  const { topic, partition, offset: firstOffset } = records[0] as KafkaRecord
  return { topic, partition, firstOffset, lastOffset: records.at(-1)?.offset }
}
