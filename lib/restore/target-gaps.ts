import { CodedError } from '../error.ts'
import type { TopicPartition } from '../record.ts'
import type { Restoration } from './restoration.ts'
import { isScattered } from './scattered.ts'

/**
 * The error of a target topic that no longer has what this restore has produced, according to the map: retention or somebody has
 * deleted it. A restore that continues would leave it out, as it is in the map.
 *
 * @param topicId of the map
 * @returns undefined when everything is there
 */
export async function lackingError(
  { target, routing }: Restoration,
  topic: string,
  topicId: string,
  places: readonly TopicPartition[],
): Promise<CodedError | undefined> {
  const bounds = await target.bounds(topic)
  const isLacking = ({ partition }: TopicPartition) => {
    const extent = target.restored.extent(topicId, partition)
    if (!extent) return false
    // With other partitioners the map doesn't say where records are.
    if (isScattered(routing)) return Array.from(bounds.values()).every(({ start, end }) => start === end)
    const { start = 0, end = 0 } = bounds.get(partition) ?? {}
    return start > extent.targetFirst || end < extent.targetEnd
  }
  const lacking = places.filter(isLacking)
  if (lacking.length === 0) return undefined
  const names = lacking.slice(0, NAMED_PARTITIONS).map(({ partition }) => partition)
  const more = lacking.length > names.length ? `, and ${lacking.length - names.length} more` : ''
  const message =
    `${topic} lacks records that this restore has produced to it, in what comes from partition ${names.join(', ')}${more}: ` +
    'they were deleted, by retention for instance. Purge the topic, or restore to another name; append only adds what was not ' +
    'produced yet.'
  return new CodedError('RESTORE_TARGET_LACKS_RECORDS', message, { topic, partition: lacking[0]?.partition })
}

/** Partitions that a message names. */
const NAMED_PARTITIONS = 10
