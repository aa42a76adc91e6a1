import type { FailedCause, FailedRow } from '../../connectors/commands/failed-table.ts'
import type { ShownRecord } from './records.ts'

/** The failed records of a connector that were not redriven yet, as `connectors failed` prints them. */
export interface FailedAnswer {
  /** How many records there are. */
  records: number
  /** Those with the most records first. */
  causes: FailedCause[]
  /** Those that failed last first. */
  rows: FailedRow[]
  /** Rows that are left out, as a page has no room for them. */
  moreRows: number
  /** Sentences about what could not be listed. */
  problems: string[]
}

/** A failed record, as a redrive would take it. */
export type FailedRecordAnswer =
  | { found: 'record'; record: ShownRecord }
  /** Nobody has it any more. */
  | { found: 'gone' }
  /** It must not be taken, or can't be; the reason is a sentence. */
  | { found: 'refused'; reason: string }
  /** It is not listed any more: it was redriven, or delivered. */
  | { found: 'nothing' }
