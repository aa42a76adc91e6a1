import type { FailedRow } from '../../connectors/commands/failed-table.ts'

/** What a page shows of a redrive, or of its dry run. */
export interface ShownRedrive {
  outcome: 'planned' | 'redriven' | 'unfinished'
  /** Of a dry run: what would be done again, without what is left out for its number. */
  planned: Pick<FailedRow, 'topic' | 'partition' | 'code' | 'ranges' | 'more' | 'records' | 'gone'>[]
  morePlanned: number
  /** Of a dry run: records that would be done again, and those that the trigger delivers or that have no offsets. */
  tried: number
  left: number
  /** What became of the records, without what is left out for its number. */
  places: RedrivenNumbers[]
  morePlaces: number
  /** What is not in the result and why, as lines. */
  lines: string[]
  moreLines: number
  problems: string[]
}

/** Numbers of records of a topic-partition. */
export interface RedrivenNumbers {
  topic: string
  partition: number
  redriven: number
  present: number
  failed: number
  gone: number
  refused: number
  waiting: number
}
