import type { KafkaRecord } from '../record.ts'
import type { Compared } from './record-fields.ts'
import type { RecordStream } from './record-stream.ts'
import { WaitingRecord } from './waiting-record.ts'

/** Bytes of keys and values that a side keeps in memory at most, except for one record. */
const WINDOW_BYTES = 16 * 1024 * 1024

/** The next records of one side, of which some can be looked at before they are taken. */
export class Window {
  readonly #stream: RecordStream
  readonly #compared: Compared
  #waiting: WaitingRecord[] = []
  #bytes = 0

  constructor(stream: RecordStream, compared: Compared) {
    this.#stream = stream
    this.#compared = compared
  }

  /** The next record; undefined at the end. */
  async head(): Promise<KafkaRecord | undefined> {
    const [waiting] = this.#waiting
    if (waiting) return waiting.record
    if (this.#stream.needsMore) await this.#stream.fill()
    return this.#stream.head
  }

  /** The next record, if it is known without waiting and nothing is looked at. */
  get quickHead(): KafkaRecord | undefined {
    return this.#waiting.length === 0 ? this.#stream.head : undefined
  }

  shift(): void {
    const waiting = this.#waiting.shift()
    if (waiting) this.#bytes -= waiting.bytes
    else this.#stream.shift()
  }

  /** So many of the next records, or fewer at the end and where they are large. */
  async look(records: number): Promise<readonly WaitingRecord[]> {
    while (this.#waiting.length < records && this.#bytes < WINDOW_BYTES) {
      if (this.#stream.needsMore) await this.#stream.fill()
      const { head } = this.#stream
      if (!head) break
      const waiting = new WaitingRecord(head, this.#compared)
      this.#waiting.push(waiting)
      this.#bytes += waiting.bytes
      this.#stream.shift()
    }
    return this.#waiting.slice(0, records)
  }

  /** Takes records that were looked at. */
  take(records: number): WaitingRecord[] {
    const taken = this.#waiting.splice(0, records)
    for (const { bytes } of taken) this.#bytes -= bytes
    return taken
  }
}
