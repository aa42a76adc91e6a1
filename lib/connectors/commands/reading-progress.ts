import type { CommitStore } from '../../commits/commit-store.ts'
import type { PartitionBounds, PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../record.ts'
import { countText, durationText, megabytesText, numberText } from '../../restore/figures.ts'
import { countedStore } from './counted-store.ts'
import { type Progress, ProgressLine } from './progress-line.ts'

/** Before this, a rate says nothing. In milliseconds. */
const FIRST_RATE_MS = 1_000

/** How much was read of what has to be: a line on the terminal while a command reads topics or a bucket. */
export class ReadingProgress {
  readonly #line: Progress
  readonly #now: () => number
  readonly #begun: number
  /** Offsets of the topics, and how many of them were passed. */
  #offsets = 0
  #passed = 0
  #records = 0
  #bytes = 0
  #isEnded = false

  constructor(line: Progress = new ProgressLine(), now: () => number = Date.now) {
    this.#line = line
    this.#now = now
    this.#begun = now()
  }

  /** The same topics, whose reading is counted. */
  ofTopics(topics: PartitionRecords): PartitionRecords {
    const count = (records: KafkaRecord[], passed: number) => this.#count(records, passed)
    return {
      ...topics,
      bounds: async (topic, since) => this.#expect(await topics.bounds(topic, since)),
      async *read(range, signal, bytes) {
        let from = range.from
        for await (const records of topics.read(range, signal, bytes)) {
          const next = (records.at(-1)?.offset ?? from - 1) + 1
          count(records, next - from)
          from = next
          yield records
        }
      },
    }
  }

  /** The same store, whose reading is counted. */
  ofStore(store: CommitStore): CommitStore {
    return countedStore(store, ({ read }) => {
      this.#bytes = read
      this.#show()
    })
  }

  /** Nothing more is shown: results follow, or another line. */
  end(): void {
    this.#isEnded = true
    this.#line.clear()
  }

  #expect(bounds: Map<number, PartitionBounds>): Map<number, PartitionBounds> {
    for (const { start, end } of bounds.values()) this.#offsets += end - start
    return bounds
  }

  #count(records: KafkaRecord[], passed: number): void {
    this.#records += records.length
    this.#passed += passed
    for (const { key, value } of records) this.#bytes += (key?.length ?? 0) + (value?.length ?? 0)
    this.#show()
  }

  #show(): void {
    if (this.#isEnded) return
    this.#line.show(
      () => this.text(),
      () => ({ done: this.#passed, ...(this.#offsets > 0 && { total: this.#offsets }), unit: 'records read' }),
    )
  }

  /** The line as it is now. */
  text(): string {
    const size = `${megabytesText(this.#bytes)} MB read`
    if (this.#offsets === 0 && this.#records === 0) return size
    const records =
      this.#offsets > this.#records
        ? `${numberText(this.#records)} of ${countText(this.#offsets, 'record')}`
        : countText(this.#records, 'record')
    return [records, size, ...this.#left()].join(', ')
  }

  #left(): string[] {
    const elapsed = this.#now() - this.#begun
    const left = this.#offsets - this.#passed
    if (elapsed < FIRST_RATE_MS || this.#passed === 0 || left <= 0) return []
    return [`${durationText((elapsed / this.#passed) * left)} left`]
  }
}
