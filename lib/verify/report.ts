import { isIntact, type PartitionComparison } from './partition-comparison.ts'
import { type Compared, type RecordField, recordFields } from './record-fields.ts'

/** What was compared, and what was found. Programs read it: fields are never renamed. */
export interface VerifyReport {
  schema: 1
  /** What `first` and `second` are. */
  first: 'dump' | 'topic'
  second: 'topic' | 'copy'
  /** Whether there is no difference in what both should have. */
  intact: boolean
  compared: RecordField[]
  /** Why other fields are not compared. */
  notCompared: string[]
  partitions: PartitionComparison[]
}

export function reportOf(
  sides: Pick<VerifyReport, 'first' | 'second' | 'notCompared'>,
  compared: Compared,
  partitions: PartitionComparison[],
): VerifyReport {
  const fields = recordFields.filter(field => compared.fields.includes(field))
  return { schema: 1, ...sides, intact: partitions.every(isIntact), compared: fields, partitions }
}
