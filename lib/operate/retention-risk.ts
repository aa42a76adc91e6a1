import { durationText } from '../duration-text.ts'
import type { TopicSettings } from '../kafka/admin/topic-changes.ts'
import { limitOf } from '../kafka/admin/topic-limit.ts'
import { type PartitionPosition, unreadOf } from './positions.ts'

/** The settings that decide when Kafka deletes records. Source: Apache Kafka, documentation, topic configuration. */
export const retentionSettings = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'delete.retention.ms']

const HOUR_MS = 3_600_000

/** How long a source topic should keep records: an outage that begins in the evening is mended in the course of the next day. */
export const OUTAGE_MS = 24 * HOUR_MS

/** How long a topic for failed records should keep them: someone looks at them once a week. */
const FAILED_MS = 7 * 24 * HOUR_MS

/** The part of the retention from which unread records count as in danger: as much time is left as has passed. */
const DANGEROUS_PART = 0.5

/** How long a topic keeps records, in milliseconds; infinite where it deletes none by their age. */
export function keptMs(settings: TopicSettings): number {
  return isDeleted(settings) ? limitOf(settings['retention.ms']) : Number.POSITIVE_INFINITY
}

/** Why a source topic would lose records in an outage, and what to do, one line for each reason. */
export function outageRisks(settings: TopicSettings, partitions: PartitionPosition[]): string[] {
  const [kept, bytes] = [keptMs(settings), keptBytes(settings)]
  const tombstones = isCompacted(settings) ? limitOf(settings['delete.retention.ms']) : Number.POSITIVE_INFINITY
  const enough = durationText(OUTAGE_MS)
  const risks: string[] = []
  if (kept < OUTAGE_MS)
    risks.push(
      `records are deleted after ${durationText(kept)} (retention.ms), read or not, so an outage of that time loses them; expected at least ${enough}`,
    )
  if (kept >= OUTAGE_MS && Number.isFinite(bytes) && partitions.some(holdsTooLittle))
    risks.push(
      `a partition keeps ${bytes} bytes (retention.bytes), at present less than ${enough} of records, so an outage of that time loses them; raise retention.bytes`,
    )
  if (tombstones < OUTAGE_MS)
    risks.push(
      `records without a value are deleted ${durationText(tombstones)} after compaction (delete.retention.ms), so an outage of that time hides that keys were deleted; expected at least ${enough}`,
    )
  return risks
}

/**
 * What is lost already, or will be soon, because its group has not read it. A partition without a committed offset doesn't
 * count: its group has not begun to read.
 */
export function unreadRisks(settings: TopicSettings, partitions: PartitionPosition[], now: number): string[] {
  if (!isDeleted(settings)) return []
  const begun = partitions.filter(position => position.committed !== null && (unreadOf(position) ?? 0) > 0)
  return [...deletedUnread(begun), ...soonDeleted(settings, begun, now)]
}

function deletedUnread(partitions: PartitionPosition[]): string[] {
  const deleted = partitions.filter(({ committed, start }) => (committed ?? 0) < (start ?? 0))
  if (deleted.length === 0) return []
  const count = deleted.reduce((sum, { committed, start }) => sum + (start ?? 0) - (committed ?? 0), 0)
  return [
    `${count} ${count === 1 ? 'record was' : 'records were'} deleted before the group read them, in ${partitionsText(deleted)}; it continues at the first one that is left, so take the rest from where it was produced`,
  ]
}

function soonDeleted(settings: TopicSettings, partitions: PartitionPosition[], now: number): string[] {
  const advice = 'find out why nothing reads them (serverless connectors list), and raise it until they are read'
  const kept = keptMs(settings)
  const age = ({ nextTimestamp }: PartitionPosition) => (nextTimestamp === null ? 0 : now - nextTimestamp)
  const old = partitions.filter(position => age(position) > kept * DANGEROUS_PART)
  const oldest = old.reduce((most, position) => Math.max(most, age(position)), 0)
  if (old.length > 0)
    return [
      `unread records are up to ${durationText(oldest)} old in ${partitionsText(old)}, and are deleted after ${durationText(kept)} (retention.ms): ${advice}`,
    ]
  const behind = Number.isFinite(keptBytes(settings)) ? partitions.filter(isFarBehind) : []
  if (behind.length === 0) return []
  return [
    `more than half of the records that retention.bytes keeps are unread in ${partitionsText(behind)}, and the oldest are deleted as others arrive: ${advice}`,
  ]
}

/** What a topic for failed records would lose before someone looks at them. */
export function failedRisks(settings: TopicSettings): string[] {
  const kept = keptMs(settings)
  const risks: string[] = []
  if (kept < FAILED_MS)
    risks.push(
      `failed records are deleted after ${durationText(kept)} (retention.ms), which may be before someone looks at them; expected at least ${durationText(FAILED_MS)}`,
    )
  if (isCompacted(settings))
    risks.push(
      'of failed records with the same key, compaction keeps the last one only (cleanup.policy); expected cleanup.policy=delete',
    )
  return risks
}

/** Whether records were deleted and all that are left are younger than an outage may take. */
function holdsTooLittle({ start, end, produced }: PartitionPosition): boolean {
  return start !== null && end !== null && start > 0 && end > start && produced === end - start
}

function isFarBehind(position: PartitionPosition): boolean {
  const { start, end } = position
  return start !== null && end !== null && start > 0 && (unreadOf(position) ?? 0) > (end - start) * DANGEROUS_PART
}

function keptBytes(settings: TopicSettings): number {
  return isDeleted(settings) ? limitOf(settings['retention.bytes']) : Number.POSITIVE_INFINITY
}

const isDeleted = (settings: TopicSettings) => policyOf(settings).includes('delete')

const isCompacted = (settings: TopicSettings) => policyOf(settings).includes('compact')

const policyOf = (settings: TopicSettings) => (settings['cleanup.policy'] ?? 'delete').split(/, */)

function partitionsText(partitions: PartitionPosition[]): string {
  const [first] = partitions
  return partitions.length === 1 ? `partition ${first?.partition}` : `${partitions.length} partitions`
}
