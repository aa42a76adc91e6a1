import type { Field } from './field.ts'
import { fieldPartitioner } from './field-path.ts'
import type { Partitioner } from './partitioner.ts'
import { type PartsSettings, partsPartitioner } from './parts.ts'
import { type PathFormat, timePartitioner } from './time-path.ts'

export type PartitionerSettings =
  /** A folder for each of Kafka's partitions. */
  | { name: 'default' }
  | { name: 'time'; format: PathFormat; timeZone: string }
  | { name: 'field'; field: Field; fallback: string }
  | ({ name: 'parts' } & PartsSettings)

export type PartitionerName = PartitionerSettings['name']
type SettingsOf<Name extends PartitionerName> = Extract<PartitionerSettings, { name: Name }>

const partitioners: { [Name in PartitionerName]: (settings: SettingsOf<Name>) => Partitioner | undefined } = {
  default: () => undefined,
  time: ({ format, timeZone }) => timePartitioner(format, timeZone),
  field: ({ field, fallback }) => fieldPartitioner(field, fallback),
  parts: partsPartitioner,
}

/** The partitioner, or undefined when folders follow from Kafka's partition alone. */
export function createPartitioner<Name extends PartitionerName>(settings: SettingsOf<Name>): Partitioner | undefined {
  return partitioners[settings.name as Name](settings)
}
