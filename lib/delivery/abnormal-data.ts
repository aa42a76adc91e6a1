import type { AbnormalRecord, RecordBatch } from '../batch.ts'
import { CodedError } from '../error.ts'
import type { FailedRecord } from './dead-letter.ts'

/**
 * Thrown by a write: these records can never be delivered, but the others of the batch can. A part of them may be delivered
 * already, which the write has then reported through its attempt. Under the policy `log` the failed records are put aside and
 * the remaining ones are written; under `fail` those before the first failed one are written, then the partition stops.
 *
 * @public
 */
export class AbnormalDataError extends CodedError {
  /** The records that can never be delivered, each with the reason. */
  readonly failed: FailedRecord[]

  /** @param failed at least one record, in the batch's order */
  constructor(failed: FailedRecord[]) {
    const [{ error, record }] = failed as [FailedRecord]
    super(error.code, error.message, { ...record, retryable: false, cause: error.cause })
    this.failed = failed
  }
}

/** Moves these records of the batch to its abnormal ones, which keep the event's order. */
export function setApart(batch: RecordBatch, failed: FailedRecord[]): RecordBatch {
  const errors = new Map(failed.map(({ record, error }) => [record, error]))
  const records: RecordBatch['records'] = []
  const abnormal: AbnormalRecord[] = []
  const earlier = [...batch.abnormal]
  const takeEarlier = (before: number) => {
    while (earlier[0] && earlier[0].position <= before) {
      abnormal.push({ ...(earlier.shift() as AbnormalRecord), position: records.length })
    }
  }
  for (const [index, record] of batch.records.entries()) {
    takeEarlier(index)
    const error = errors.get(record)
    if (error) abnormal.push({ record, error, position: records.length })
    else records.push(record)
  }
  takeEarlier(batch.records.length)
  return { ...batch, records, abnormal }
}
