import type { AbnormalRecord, RecordBatch } from '../batch.ts'
import type { KafkaRecord } from '../record.ts'

/**
 * What is done for a batch: the records that are delivered or put aside, and steps by their names. Costs nothing per record as
 * long as nothing fails.
 */
export class Progress {
  readonly #parts: (readonly KafkaRecord[])[] = []
  readonly steps: Set<string>
  /** When the first invocation that delivered the batch failed, in milliseconds since the epoch; absent in the first one. */
  readonly since: number | undefined

  constructor(records: readonly KafkaRecord[] = [], steps: Iterable<string> = [], since?: number) {
    if (records.length > 0) this.#parts.push(records)
    this.steps = new Set(steps)
    this.since = since
  }

  add(records: readonly KafkaRecord[]): void {
    if (records.length > 0) this.#parts.push(records)
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.steps.size === 0
  }

  /** The records that are done, in no order. */
  done(): Set<KafkaRecord> {
    return new Set(this.#parts.flat())
  }

  /** Those of the records that are not done, in their order. */
  remaining(records: KafkaRecord[]): KafkaRecord[] {
    if (this.#parts.length === 0) return records
    const done = this.done()
    return records.filter(record => !done.has(record))
  }

  /** The batch without what is done. */
  remainingOf(batch: RecordBatch): RecordBatch {
    if (this.#parts.length === 0) return batch
    const done = this.done()
    const records = batch.records.filter(record => !done.has(record))
    const abnormal: AbnormalRecord[] = []
    let seen = 0
    let position = 0
    for (const one of batch.abnormal) {
      while (seen < one.position) if (!done.has(batch.records[seen++] as KafkaRecord)) position += 1
      if (!done.has(one.record)) abnormal.push({ ...one, position })
    }
    return { ...batch, records, abnormal }
  }
}
