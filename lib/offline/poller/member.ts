import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { createConsumer, type GroupConsumer } from '../../kafka/read/consumer.ts'
import type { Destination } from '../destination/discarded.ts'
import { createIntake } from '../intake/intake.ts'
import type { SchemaReader } from '../intake/schema-reader.ts'
import type { Log } from '../log.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import type { PartialResponses } from '../mapping/partial-responses.ts'
import { atMost } from './at-most.ts'
import { Backlog } from './backlog.ts'
import type { Batch } from './batch.ts'
import { Batcher } from './batcher.ts'
import { Delivery } from './delivery.ts'
import { envelopeOf } from './event.ts'
import { Signal } from './signal.ts'

export interface MemberOptions {
  mapping: EventSourceMapping
  connection: KafkaSettings
  /** Calls the function with an event as JSON. A rejection means that the function failed. */
  invoke(payload: Buffer): Promise<unknown>
  destination: Destination | undefined
  partialResponses: PartialResponses
  /** Of the mapping's schema registry, if it has one. */
  schemas: SchemaReader | undefined
  /** Called when the member's partitions change. */
  onAssigned(): void
  /** Called when the member begins to wait for the cluster or the topic, and for each other reason. */
  onTrouble(reason: string): void
  log: Log
}

/** How a member is, for the mapping's last result. */
export interface MemberState {
  /** Why it waits for the cluster or the topic. */
  trouble?: string
  /** Whether records wait for their next attempt. */
  isRetrying: boolean
  /** Whether an invocation has ended. */
  hasInvoked: boolean
  /** How long the current batch has been under way, in milliseconds; 0 when there is none. */
  busyMs: number
}

/** How long `stop` waits for the current invocation, and then for leaving the group: together at most 5 s. */
const LAST_INVOCATION_MS = 3_000
const LEAVE_MS = 2_000

const COMMIT_PAUSE_MS = 500

/**
 * One poller of a mapping: reads the topic as a member of the mapping's group, fills batches, calls the function with one
 * at a time, and commits what was delivered. While a batch is being delivered the next one is filled, and no more. A
 * partition whose batch failed is not read until its next attempt; the other partitions continue.
 */
export class Member {
  readonly #options: MemberOptions
  readonly #consumer: GroupConsumer
  readonly #delivery: Delivery
  readonly #batcher: Batcher
  readonly #backlog = new Backlog()
  /** Wakes the loop. */
  readonly #work = new Signal()
  /** The batch that is being delivered. */
  #current: Batch | undefined
  /** When its delivery began, in milliseconds of the monotonic clock. */
  #since = 0
  /** Whether an invocation has ended. */
  #hasInvoked = false
  /** Why the consumer waits. */
  #trouble: string | undefined
  #assigned: ReadonlySet<number> = new Set()
  #isStopping = false
  #isAbandoned = false
  #loop: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: MemberOptions) {
    const { mapping, connection, invoke, onTrouble } = options
    const { topic, consumerGroupId: groupId, startingPosition, batchSize, batchingWindowMs } = mapping
    const envelope = envelopeOf({ ...mapping, bootstrapServers: connection.brokers.join() })
    this.#options = options
    this.#delivery = new Delivery({ ...options, invoke: payload => this.#unlessAbandoned(invoke(payload)) })
    this.#consumer = createConsumer(connection, {
      topic,
      groupId,
      startingPosition,
      onAssigned: partitions => this.#reassign(new Set(partitions)),
      onRecreated: () => this.#recreate(),
      onFetch: fetch => {
        // Whatever the trouble was, the topic can be read.
        this.#trouble = undefined
        return this.#batcher.gather(fetch)
      },
      onTrouble: reason => {
        this.#trouble = reason
        onTrouble(reason)
      },
    })
    this.#batcher = new Batcher({
      batches: { topic, envelope, maxRecords: batchSize },
      windowMs: batchingWindowMs,
      intake: createIntake({
        mapping,
        schemas: options.schemas,
        onTrouble: reason => {
          const isNew = reason !== this.#trouble
          this.#trouble = reason
          if (isNew && reason !== undefined) onTrouble(reason)
        },
      }),
      consumer: this.#consumer,
      work: this.#work,
    })
  }

  get state(): MemberState {
    return {
      trouble: this.#trouble,
      isRetrying: !this.#backlog.isEmpty,
      hasInvoked: this.#hasInvoked,
      busyMs: this.#current ? performance.now() - this.#since : 0,
    }
  }

  /** The partitions that it reads. */
  get assigned(): ReadonlySet<number> {
    return this.#assigned
  }

  /** Resolves when the group has been joined, which waits for the cluster and the topic without limit. */
  async start(): Promise<void> {
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
    await atMost(
      LEAVE_MS,
      this.#consumer.stop().catch(() => {}),
    )
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
    this.#since = performance.now()
    const { done, again } = await this.#delivery.deliver(batch)
    await this.#commit(batch, done)
    this.#current = undefined
    this.#hasInvoked ||= batch.count > 0
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

  /** Its partitions are lost, and it gets those of the new topic. */
  #recreate() {
    const { log, mapping } = this.#options
    log.warning(`${labelOf(mapping)}  the topic was deleted and created again, and is read from its first record`)
    const partitions = new Set(this.#assigned)
    this.#reassign(new Set())
    this.#reassign(partitions)
  }

  #reassign(assigned: Set<number>) {
    this.#trouble = undefined
    this.#assigned = assigned
    this.#options.onAssigned()
    for (const partition of this.#batcher.reassign(assigned)) {
      this.#current?.drop(partition)
      this.#backlog.drop(partition)
    }
  }
}

function labelOf({ topic, functionKey }: EventSourceMapping): string {
  return `Kafka  ${topic} → ${functionKey}`
}
