import type { KafkaRecord } from '../record.ts'

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
