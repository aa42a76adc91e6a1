import type { KafkaRecord } from '../record.ts'
import { type Field, fieldPartitioner } from './field-path.ts'
import { type PathFormat, timePartitioner } from './time-path.ts'

/**
 * Where a topic's objects go: a path for each record, by the record alone and never by the clock, so that a batch that
 * comes again lands on the same keys.
 */
export interface Partitioner {
  /** The record's folders, without slashes at the ends. */
  pathOf(record: KafkaRecord): string
  /** What `pathOf` gives, as the source of a regular expression without named groups. */
  pattern: string
  /** The most bytes that `pathOf` gives. */
  longestPath: number
}

/** `default`: a folder for each of Kafka's partitions. */
export type PartitionerSettings =
  | { name: 'default' }
  | { name: 'time'; format: PathFormat; timeZone: string }
  | { name: 'field'; field: Field; fallback: string }

/** The partitioner; none where Kafka's partition is all there is to go by. */
export function createPartitioner(settings: PartitionerSettings): Partitioner | undefined {
  switch (settings.name) {
    case 'time':
      return timePartitioner(settings.format, settings.timeZone)
    case 'field':
      return fieldPartitioner(settings.field, settings.fallback)
    default:
      return undefined
  }
}
