import { CodedError } from './error.ts'

/** A record that a topic refuses however often it is sent. */
export interface RefusedRecord {
  /** Its index in the argument of `send`. */
  index: number
  /** Why: `KAFKA_RECORD_TOO_LARGE`, `KAFKA_TIMESTAMP_REFUSED` or `KAFKA_RECORD_REFUSED`. */
  error: CodedError
}

/** A topic refuses some of the records that were sent to it. None of these was stored. */
export class RefusedRecordsError extends CodedError {
  readonly refused: RefusedRecord[]

  /** @param refused at least one record, in the order in which they were sent */
  constructor(refused: RefusedRecord[]) {
    const [{ error }] = refused as [RefusedRecord]
    super(error.code, error.message, error)
    this.refused = refused
  }
}
