import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { RecordHeader } from '../../../lib/record.ts'
import { type JavaProgram, startJavaProgram } from '../../support/java-program.ts'
import { recordOfJava } from '../../support/java-record.ts'
import { isWhole, numberOf } from './numbered-record.ts'

/** A record that is committed on the source. */
export interface TrueRecord {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: RecordHeader[]
}

/** What is committed on the source, as Kafka’s own consumer reads it: the records that systems have to deliver, and no others. */
export class Truth {
  /** By their numbers, in the order of their offsets. */
  readonly records = new Map<string, TrueRecord>()
  /** The offset after the last record of each partition, by topic: of its latest incarnation, if it was created again. */
  readonly #ends = new Map<string, Map<number, number>>()
  readonly #brokers: string
  readonly #consumer: Promise<JavaProgram>

  constructor({ brokers }: KafkaSettings) {
    this.#brokers = brokers.join()
    this.#consumer = startJavaProgram('ProducerOracle', 'kafka')
  }

  /** How far a system is on the source that is through with everything that was read: the sum of the partitions’ ends. */
  get end(): number {
    const ends = Array.from(this.#ends.values(), partitions => Array.from(partitions.values())).flat()
    return ends.reduce((sum, end) => sum + end, 0)
  }

  /**
   * Reads all of a topic as it is now. It may be read again.
   *
   * @throws when the load has not done what it should: then the run shows nothing
   */
  async read(topic: string): Promise<void> {
    const lines = await (await this.#consumer).ask('consume', this.#brokers, topic)
    const ends = new Map<number, number>()
    for (const line of lines) {
      if (line === '') continue
      const record = recordOfJava(topic, line)
      const number = numberOf(record.headers)
      const place = `${topic}-${record.partition} ${record.offset}`
      if (number === undefined || !isWhole(record)) throw new Error(`The load’s record at ${place} is damaged.`)
      const known = this.records.get(number)
      if (known && known.offset !== record.offset)
        throw new Error(`The load has produced ${number} twice: at offset ${known.offset}, and at ${place}.`)
      this.records.set(number, record)
      ends.set(record.partition, record.offset + 1)
    }
    this.#ends.set(topic, ends)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#consumer).stop()
  }
}
