import type { TopicPartition } from '../record.ts'

/** Is told how a restore advances. */
export interface RestoreProgress {
  /** The bytes of the objects that will be read. Called when a topic-partition is found. */
  found(place: TopicPartition, bytes: number): void
  /** Records read of a topic-partition, and the bytes of its objects that were read so far. */
  read(place: TopicPartition, records: number, bytesRead: number): void
  /** Records that the target has acknowledged, with the bytes of their keys, values and headers. */
  produced(place: TopicPartition, records: number, bytes: number): void
  /** A topic-partition is done. */
  finished(place: TopicPartition): void
}
