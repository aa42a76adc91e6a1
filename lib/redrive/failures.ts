import type { PartitionRecords } from '../kafka/read/partition-records.ts'
import type { FailedSource } from './failed-source.ts'
import type { RedriveMarks } from './marks.ts'

/** The failed records of one connector: who names them, and who has them. */
export interface Failures {
  /** `CONNECTOR_NAME`. */
  connector: string
  sources: FailedSource[]
  /** Of the cluster that the connector reads. */
  kafka: PartitionRecords
  /** The id of a source topic that exists, as it is now. */
  topicId(topic: string): Promise<string>
  /** Positions of the group of a topic's mapping, by partition, without those that there are not. */
  committed(topic: string): Promise<ReadonlyMap<number, number>>
  marks: RedriveMarks
  /** Why records from Kafka are not as the trigger delivers them, as a sentence. Absent: they are. */
  unlike?: string
  /**
   * Why the offsets between the first and the last one of a document can't all be taken from Kafka, as a sentence. Absent: they
   * can.
   */
  inexact?: string
}
