import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { createPartitionRecords, type PartitionRecords } from '../../../lib/kafka/read/partition-records.ts'

/** The most that one look takes, in milliseconds. */
const LOOK_MS = 1_000

/** How far MirrorMaker 2 is on its source: what Connect has saved of it, in a topic of the target. */
export class MirrorMakerProgress {
  readonly #topic: string
  readonly #topics: ReadonlySet<string>
  readonly #reader: PartitionRecords
  /** The offset behind the last replicated record, by topic and partition. */
  readonly #positions = new Map<string, number>()
  /** How much of the topic is read, by partition. */
  readonly #read = new Map<number, number>()
  #asking: Promise<void> | undefined

  /**
   * @param connection the target, without the proxies
   * @param topics of the source: its topic of heartbeats is replicated, too
   */
  constructor(connection: KafkaSettings, sourceAlias: string, topics: readonly string[]) {
    this.#topics = new Set(topics)
    this.#topic = `mm2-offsets.${sourceAlias}.internal`
    this.#reader = createPartitionRecords(connection, 'chaos-progress')
  }

  /** The sum of the offsets that are done with. Never rejects: the last figure when there is no newer one. */
  async read(): Promise<number> {
    this.#asking ??= this.#ask().catch(() => {})
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, LOOK_MS)
    await Promise.race([this.#asking, promise])
    clearTimeout(timer)
    return [...this.#positions.values()].reduce((sum, position) => sum + position, 0)
  }

  async close(): Promise<void> {
    await this.#reader.close()
  }

  async #ask(): Promise<void> {
    try {
      for (const [partition, { start, end }] of await this.#reader.bounds(this.#topic)) {
        const from = this.#read.get(partition) ?? start
        for await (const records of this.#reader.read({ topic: this.#topic, partition, from, end }))
          for (const { key, value, offset } of records) {
            this.#note(key, value)
            this.#read.set(partition, offset + 1)
          }
      }
    } finally {
      this.#asking = undefined
    }
  }

  /** Keys are `["MirrorSourceConnector",{"cluster":…,"partition":…,"topic":…}]`, values `{"offset":…}`: Apache Kafka, MirrorUtils. */
  #note(key: Buffer | null, value: Buffer | null): void {
    const [connector, where] = JSON.parse(String(key))
    if (connector !== 'MirrorSourceConnector' || !this.#topics.has(where.topic) || value === null) return
    this.#positions.set(`${where.topic}-${where.partition}`, JSON.parse(String(value)).offset + 1)
  }
}
