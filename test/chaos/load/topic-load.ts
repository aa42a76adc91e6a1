import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { createProducer, type KafkaProducer } from '../../../lib/kafka/produce/producer.ts'
import { createTransactions, type Transactions } from '../../../lib/kafka/produce/transaction.ts'
import type { Random } from '../../support/simulation/random.ts'
import { type NumberedRecord, numberedRecord } from './numbered-record.ts'

/** Longer than any fault of the brokers, so that each request is repeated by the producer, which the broker stores once. */
const SEND_MS = 180_000

const TICK_MS = 100

/** Thrown to abort a transaction. */
class Aborted extends Error {}

/** Produces the records of one topic, in the order of their numbers. */
export class TopicLoad {
  readonly topic: string
  partitions: number
  readonly #connection: KafkaSettings
  readonly #random: Random
  readonly #sequences = new Map<number, number>()
  #producer: KafkaProducer
  #transactions: Transactions
  #sending: Promise<void> = Promise.resolve()
  #isPaused = false

  constructor(connection: KafkaSettings, topic: string, partitions: number, random: Random) {
    this.topic = topic
    this.partitions = partitions
    this.#connection = connection
    this.#random = random
    this.#producer = createProducer(connection, { clientId: 'chaos-load' })
    this.#transactions = createTransactions(connection, { clientId: 'chaos-load' })
  }

  /** Produces at least so many committed records at a rate. */
  async produce(count: number, perSecond: number): Promise<void> {
    const perTick = Math.max(1, Math.round((perSecond * TICK_MS) / 1_000))
    for (let produced = 0; produced < count; ) {
      const due = sleep(TICK_MS)
      if (!this.#isPaused) {
        this.#sending = this.#send(Math.min(perTick, count - produced)).then(committed => {
          produced += committed
        })
        await this.#sending
      }
      await due
    }
  }

  /** A record for each partition that is in no transaction, so that a group can commit the partition’s end. */
  async end(): Promise<void> {
    const records = Array.from({ length: this.partitions }, (_, partition) => this.#next(partition))
    await this.#producer.send(this.topic, records, Date.now() + SEND_MS)
  }

  /** Stops between two requests, until {@link resume}. The partitions’ last records are in no transaction. */
  async pause(): Promise<void> {
    this.#isPaused = true
    await this.#sending
    await this.end()
  }

  /** Continues, with a topic that may have been created again: what the producer knew of the old one is forgotten. */
  async resume(): Promise<void> {
    await this.close()
    this.#producer = createProducer(this.#connection, { clientId: 'chaos-load' })
    this.#transactions = createTransactions(this.#connection, { clientId: 'chaos-load' })
    this.#isPaused = false
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.close(), this.#transactions.close()])
  }

  /** @returns how many of the records are committed */
  async #send(count: number): Promise<number> {
    const records = Array.from({ length: count }, () => this.#next(this.#random.below(this.partitions)))
    const chance = this.#random.next()
    const deadline = Date.now() + SEND_MS
    if (chance < 0.8) await this.#producer.send(this.topic, records, deadline)
    else return await this.#sendInTransaction(records, chance < 0.95, deadline)
    return count
  }

  async #sendInTransaction(records: NumberedRecord[], commits: boolean, deadline: number) {
    try {
      await this.#transactions.transaction(`load-${this.topic}`, deadline, async ({ send }) => {
        await send(this.topic, records)
        if (!commits) throw new Aborted()
      })
      return records.length
    } catch (error) {
      if (commits || !isAborted(error)) throw error
      return 0
    }
  }

  #next(partition: number) {
    const sequence = this.#sequences.get(partition) ?? 0
    this.#sequences.set(partition, sequence + 1)
    return numberedRecord(this.topic, partition, sequence, this.#random)
  }
}

function isAborted(error: unknown): boolean {
  return error instanceof Aborted || (error instanceof Error && isAborted(error.cause))
}
