import type { KafkaRecord } from '../record.ts'

/** Records that come some at a time, taken one by one. Most of the time the next one is there without waiting. */
export class RecordStream {
  readonly #batches: AsyncIterator<readonly KafkaRecord[]>
  #batch: readonly KafkaRecord[] = []
  #next = 0
  #ended = false

  constructor(batches: AsyncIterable<readonly KafkaRecord[]>) {
    this.#batches = batches[Symbol.asyncIterator]()
  }

  /** The next record; undefined when there is none, or before {@link fill} when it has not come yet. */
  get head(): KafkaRecord | undefined {
    return this.#batch[this.#next]
  }

  /** Whether {@link fill} has to be called before the head can be known. */
  get needsMore(): boolean {
    return this.#next >= this.#batch.length && !this.#ended
  }

  shift(): void {
    this.#next += 1
  }

  async fill(): Promise<void> {
    while (this.needsMore) {
      const { value, done } = await this.#batches.next()
      this.#ended = done === true
      this.#batch = done ? [] : value
      this.#next = 0
    }
  }

  /** Ends the reading before its end. */
  async close(): Promise<void> {
    this.#ended = true
    await this.#batches.return?.()
  }
}

/** The records of batches, without those with an earlier timestamp. */
export async function* notBefore(
  time: number | undefined,
  batches: AsyncIterable<KafkaRecord[]>,
): AsyncIterable<KafkaRecord[]> {
  for await (const records of batches) {
    yield time === undefined ? records : records.filter(({ timestamp }) => timestamp >= time)
  }
}
