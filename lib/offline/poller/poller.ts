import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { createConsumer, type GroupConsumer } from '../../kafka/read/consumer.ts'
import type { Log } from '../log.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { NO_RECORDS } from '../mapping/mappings.ts'
import { Backlog } from './backlog.ts'
import type { Batch } from './batch.ts'
import { Batcher } from './batcher.ts'
import { Delivery } from './delivery.ts'
import { envelopeOf } from './event.ts'
import { createFailedRecords, type FailedRecords } from './failed-records.ts'
import { Signal } from './signal.ts'

export interface PollerOptions {
  mapping: EventSourceMapping
  connection: KafkaSettings
  /** Calls the function with an event as JSON. A rejection means that the function failed. */
  invoke(payload: Buffer): Promise<unknown>
  log: Log
}

/** How long `stop` waits for the current invocation, and then for leaving the group: together at most 5 s. */
const LAST_INVOCATION_MS = 3_000
const LEAVE_MS = 2_000

const COMMIT_PAUSE_MS = 500

/**
 * Runs one event source mapping: reads its topic as a member of its group, fills batches, calls the function with one
 * at a time, and commits what was delivered. While a batch is being delivered the next one is filled, and no more. A
 * partition whose batch failed is not read until its next attempt; the other partitions continue.
 */
export class Poller {
  readonly #options: PollerOptions
  readonly #consumer: GroupConsumer
  readonly #failedRecords: FailedRecords
  readonly #delivery: Delivery
  readonly #batcher: Batcher
  readonly #backlog = new Backlog()
  /** Wakes the loop. */
  readonly #work = new Signal()
  /** The batch that is being delivered. */
  #current: Batch | undefined
  /** Whether an invocation has ended. */
  #hasInvoked = false
  /** Why the consumer waits. */
  #trouble: string | undefined
  #isStopping = false
  #isAbandoned = false
  #loop: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: PollerOptions) {
    const { mapping, connection, invoke, log } = options
    const { topic, consumerGroupId: groupId, startingPosition, batchSize, batchingWindowMs } = mapping
    const envelope = envelopeOf({ ...mapping, bootstrapServers: connection.brokers.join() })
    this.#options = options
    this.#failedRecords = createFailedRecords(connection, groupId)
    this.#delivery = new Delivery({
      mapping,
      invoke: payload => this.#unlessAbandoned(invoke(payload)),
      produce: this.#failedRecords.produce,
      log,
    })
    this.#consumer = createConsumer(connection, {
      topic,
      groupId,
      startingPosition,
      onAssigned: partitions => this.#reassign(new Set(partitions)),
      onFetch: fetch => this.#batcher.gather(fetch),
      onTrouble: reason => {
        this.#trouble = reason
        log.warning(`${labelOf(mapping)}  waiting: ${reason}`)
      },
    })
    this.#batcher = new Batcher({
      batches: { topic, envelope, maxRecords: batchSize },
      windowMs: batchingWindowMs,
      consumer: this.#consumer,
      work: this.#work,
    })
  }

  /**
   * `OK`, `No records processed`, or a problem. On AWS it is that of the last invocation. Here a problem stays as long as
   * records wait for their next attempt, so that a partition that stands doesn't disappear behind others that continue.
   *
   * Source: AWS Lambda API, EventSourceMappingConfiguration, `LastProcessingResult`; the texts are those of Lambda's examples.
   */
  get lastResult(): string {
    if (this.#trouble) return `PROBLEM: ${this.#trouble}`
    if (!this.#backlog.isEmpty) return 'PROBLEM: Function call failed'
    return this.#hasInvoked ? 'OK' : NO_RECORDS
  }

  /** Starts polling. Resolves when the group has been joined, which waits for the cluster and the topic without limit. */
  async start(): Promise<void> {
    const { mapping, connection, log } = this.#options
    const { consumerGroupId, batchSize, batchingWindowMs } = mapping
    const limits = `batch ${batchSize} / ${batchingWindowMs / 1000} s`
    log.notice(`${labelOf(mapping)}  group ${consumerGroupId}, ${limits}, ${connection.brokers.join()}`)
    this.#loop = this.#run()
    await this.#consumer.start()
  }

  /**
   * Commits the current invocation if it ends soon, and leaves the group. Takes at most 5 s; records that were not
   * delivered and committed by then are delivered again after the next start.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#isStopping = true
    this.#work.raise()
    this.#batcher.stop()
    await atMost(LAST_INVOCATION_MS, this.#loop)
    this.#abandon()
    await atMost(LEAVE_MS, Promise.allSettled([this.#consumer.stop(), this.#failedRecords.close()]))
  }

  #abandon() {
    if (!this.#current) return
    const { log, mapping } = this.#options
    this.#isAbandoned = true
    const records = this.#delivery.describe(this.#current)
    log.notice(`${labelOf(mapping)}  ${records} is not finished and will be delivered again after the next start`)
  }

  /** Ignores the result of an invocation abandoned by `stop`. */
  #unlessAbandoned(response: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      response.then(
        value => this.#isAbandoned || resolve(value),
        error => this.#isAbandoned || reject(error),
      )
    })
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const now = performance.now()
      const lane = this.#backlog.take(now)
      if (lane) await this.#deliver(lane.current, failed => this.#backlog.put(lane, failed))
      else if (this.#batcher.dueAt() <= now) {
        await this.#deliver(this.#batcher.take(), failed => this.#backlog.add(failed))
      } else await this.#work.wait(Math.min(this.#batcher.dueAt(), this.#backlog.dueAt()) - now)
    }
  }

  /** @param keep takes the batches that have to be delivered again */
  async #deliver(batch: Batch, keep: (failed: Batch[][]) => void): Promise<void> {
    this.#current = batch
    const { done, again } = await this.#delivery.deliver(batch)
    await this.#commit(batch, done)
    this.#current = undefined
    this.#hasInvoked = true
    const assignedOnly = (failed: Batch) => failed.only(partition => batch.has(partition))
    keep(again.map(list => list.map(assignedOnly).filter(failed => !failed.isEmpty)))
    for (const [partition, end] of batch.ends()) {
      if (this.#backlog.blocks(partition)) this.#batcher.hold(partition, end)
      else this.#batcher.release(partition)
    }
  }

  /** Retries until the offsets are committed, or other members have the partitions. */
  async #commit(batch: Batch, done: Map<number, number>): Promise<void> {
    for (;;) {
      const offsets = new Map(Array.from(done).filter(([partition]) => batch.has(partition)))
      if (offsets.size === 0) return
      try {
        return await this.#consumer.commit(offsets)
      } catch (error) {
        const { log, mapping } = this.#options
        log.info(`${labelOf(mapping)}  commit failed and will be retried: ${(error as Error).message}`)
        if (this.#isStopping) return
        await sleep(COMMIT_PAUSE_MS)
      }
    }
  }

  #reassign(assigned: Set<number>) {
    this.#trouble = undefined
    for (const partition of this.#batcher.reassign(assigned)) {
      this.#current?.drop(partition)
      this.#backlog.drop(partition)
    }
  }
}

function labelOf({ topic, functionKey }: EventSourceMapping): string {
  return `Kafka  ${topic} → ${functionKey}`
}

/** Waits for a promise at most this long, without keeping the process alive. */
async function atMost(milliseconds: number, promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([promise, sleep(milliseconds, undefined, { ref: false })])
}
