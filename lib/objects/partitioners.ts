import { type Field, fieldPartitioner } from './field-path.ts'
import type { Partitioner } from './partitioner.ts'
import { type PathFormat, timePartitioner } from './time-path.ts'

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
