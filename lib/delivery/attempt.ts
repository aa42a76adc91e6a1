import type { KafkaRecord } from '../record.ts'

/** What a write may use, and what it reports, while it delivers the records of one topic-partition. */
export interface Attempt {
  /** Aborts when the invocation stops trying. */
  signal: AbortSignal
  /** The same moment, in milliseconds since the epoch. */
  deadline: number
  /**
   * Reports records that are stored for good, whether or not the write succeeds as a whole. They are not passed to `write`
   * again, and not put aside. A write that succeeds has delivered all its records, so it need not report those.
   */
  delivered(records: readonly KafkaRecord[]): void
}

/** Which records of a batch are delivered. Costs nothing per record as long as nothing fails. */
export class Progress {
  readonly #parts: (readonly KafkaRecord[])[] = []

  add(records: readonly KafkaRecord[]): void {
    this.#parts.push(records)
  }

  /** Those of the records that are not delivered, in their order. */
  remaining(records: KafkaRecord[]): KafkaRecord[] {
    if (this.#parts.length === 0) return records
    const delivered = new Set(this.#parts.flat())
    return records.filter(record => !delivered.has(record))
  }
}
