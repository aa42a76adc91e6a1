import type { KafkaRecord } from '../record.ts'

/**
 * Chooses the folders of a topic's objects. A path depends on its record alone and never on the clock, so that a repeated
 * batch is written to the same keys.
 */
export interface Partitioner {
  /** The record's folders, without slashes at either end. */
  pathOf(record: KafkaRecord): string
  /** Matches every path, as the source of a regular expression without named groups. */
  pattern: string
  /** The maximum number of bytes of a path. */
  longestPath: number
  /** The columns that query engines make of the folders: `country` of `country=DE`. */
  columns: readonly string[]
  /** Whether a path depends on the record's value, which is JSON then. */
  readsValues: boolean
}
