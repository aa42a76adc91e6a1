import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { createProducer } from '../../kafka/produce/producer.ts'
import {
  type ConsumedRecord,
  createConsumer,
  type Fetch,
  type GroupConsumer,
  type HeaderValue,
} from '../../kafka/read/consumer.ts'
import type { Log } from '../log.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { Backlog } from './backlog.ts'
import { Batch, type BatchOptions, type PartitionRecords } from './batch.ts'
import { Delivery } from './delivery.ts'
import { envelopeOf } from './event.ts'
import { Signal } from './signal.ts'

export interface PollerOptions {
  mapping: EventSourceMapping
  connection: KafkaSettings
  /** Calls the function with an event as JSON. A rejection means that the function failed. */
  invoke(payload: Buffer): Promise<unknown>
  log: Log
}

/** A stop waits so long for the invocation under way, and so long to leave the group: together at most 5 s. */
const LAST_INVOCATION_MS = 3_000
const LEAVE_MS = 2_000

/** Below a third of the session timeout, because kafkajs looks at its own interval first. */
const HEARTBEAT_MS = 500

const COMMIT_PAUSE_MS = 500

/** How long a destination for failed records may take. */
const PRODUCE_MS = 30_000

/**
 * Runs one event source mapping: reads its topic as a member of its group, gathers batches, calls the function with one
 * at a time, and commits what was delivered. While one is being delivered, the next is gathered, and no more. A partition
 * with a failed batch waits for its next attempt and is not read meanwhile; the others go on.
 */
export class Poller {
  readonly #options: PollerOptions
  readonly #consumer: GroupConsumer
  readonly #producer: ReturnType<typeof createProducer>
  readonly #delivery: Delivery
  readonly #batches: BatchOptions
  readonly #backlog = new Backlog()
  /** Something to do for the loop; room for the consumer's records. */
  readonly #work = new Signal()
  readonly #room = new Signal()
  /** The next offset to gather. A new join makes kafkajs begin at the committed one again, behind what is here. */
  readonly #positions = new Map<number, number>()
  /** Partitions that are not read, because the backlog has records of them. */
  readonly #held = new Set<number>()
  #assigned = new Set<number>()
  #next: Batch
  #underWay: Batch | undefined
  #stopping = false
  #abandoned = false
  #loop: Promise<void> | undefined
  #stopped: Promise<void> | undefined

  constructor(options: PollerOptions) {
    const { mapping, connection, invoke, log } = options
    const { topic, consumerGroupId: groupId, startingPosition, batchSize } = mapping
    const envelope = envelopeOf({ ...mapping, bootstrapServers: connection.brokers.join() })
    this.#options = options
    this.#batches = { topic, envelope, maxRecords: batchSize }
    this.#next = new Batch(this.#batches)
    this.#producer = createProducer(connection, { clientId: groupId })
    this.#delivery = new Delivery({
      mapping,
      invoke: payload => this.#unlessAbandoned(invoke(payload)),
      produce: (to, partitions) => this.#produce(to, partitions),
      log,
    })
    this.#consumer = createConsumer(connection, {
      topic,
      groupId,
      startingPosition,
      onAssigned: partitions => this.#reassign(new Set(partitions)),
      onFetch: fetch => this.#gather(fetch),
      onTrouble: reason => log.warning(`${labelOf(mapping)}  waiting: ${reason}`),
    })
  }

  /** Begins to poll. Settles when the group has been joined, which takes as long as the cluster and the topic take. */
  async start(): Promise<void> {
    const { mapping, connection, log } = this.#options
    const { consumerGroupId, batchSize, batchingWindowMs } = mapping
    const limits = `batch ${batchSize} / ${batchingWindowMs / 1000} s`
    log.notice(`${labelOf(mapping)}  group ${consumerGroupId}, ${limits}, ${connection.brokers.join()}`)
    this.#loop = this.#run()
    await this.#consumer.start()
  }

  /**
   * Commits the invocation under way if it ends soon, and leaves the group. Takes at most 5 s; what wasn't delivered and
   * committed by then comes again with the next start.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#stopping = true
    this.#work.raise()
    this.#room.raise()
    await atMost(LAST_INVOCATION_MS, this.#loop)
    this.#abandon()
    await atMost(LEAVE_MS, Promise.allSettled([this.#consumer.stop(), this.#producer.close()]))
  }

  #abandon() {
    if (!this.#underWay) return
    const { log, mapping } = this.#options
    this.#abandoned = true
    log.notice(
      `${labelOf(mapping)}  ${this.#delivery.describe(this.#underWay)} is not finished and comes again with the next start`,
    )
  }

  /** Nobody listens any more to how an invocation ends that a stop did not wait for. */
  #unlessAbandoned(response: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      response.then(
        value => this.#abandoned || resolve(value),
        error => this.#abandoned || reject(error),
      )
    })
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const now = performance.now()
      const lane = this.#backlog.take(now)
      if (lane) await this.#deliver(lane.current, failed => this.#backlog.put(lane, failed))
      else if (this.#nextDueAt() <= now) await this.#deliver(this.#takeNext(), failed => this.#backlog.add(failed))
      else await this.#work.wait(Math.min(this.#nextDueAt(), this.#backlog.dueAt()) - now)
    }
  }

  #nextDueAt(): number {
    const { full, since } = this.#next
    if (since === undefined) return Number.POSITIVE_INFINITY
    return full ? since : since + this.#options.mapping.batchingWindowMs
  }

  #takeNext(): Batch {
    const batch = this.#next
    this.#next = new Batch(this.#batches)
    this.#room.raise()
    return batch
  }

  /** @param keep takes what has to be delivered again */
  async #deliver(batch: Batch, keep: (failed: Batch[][]) => void): Promise<void> {
    this.#underWay = batch
    const { done, again } = await this.#delivery.deliver(batch)
    await this.#commit(batch, done)
    this.#underWay = undefined
    const ours = (later: Batch) => later.only(partition => batch.has(partition))
    keep(again.map(list => list.map(ours).filter(later => !later.isEmpty)))
    for (const [partition, end] of batch.ends()) {
      if (this.#backlog.blocks(partition)) this.#hold(partition, end)
      else this.#release(partition)
    }
  }

  /** Tries until the group has the offsets, or another member has the partitions. */
  async #commit(batch: Batch, done: Map<number, number>): Promise<void> {
    for (;;) {
      const offsets = new Map(Array.from(done).filter(([partition]) => batch.has(partition)))
      if (offsets.size === 0) return
      try {
        return await this.#consumer.commit(offsets)
      } catch (error) {
        const { log, mapping } = this.#options
        log.info(`${labelOf(mapping)}  commit failed, another try follows: ${(error as Error).message}`)
        if (this.#stopping) return
        await sleep(COMMIT_PAUSE_MS)
      }
    }
  }

  /** Stops reading a partition behind the records that failed; what was gathered of it is read again later. */
  #hold(partition: number, end: number) {
    if (this.#held.has(partition)) return
    this.#held.add(partition)
    this.#withdraw(partition)
    this.#positions.set(partition, end)
    this.#consumer.pause(partition)
    this.#consumer.seek(partition, end)
  }

  #release(partition: number) {
    if (this.#held.delete(partition)) this.#consumer.resume(partition)
  }

  /** Takes a partition out of the batch that is being gathered. */
  #withdraw(partition: number) {
    this.#next = this.#next.only(other => other !== partition)
    this.#room.raise()
  }

  /** Takes the records of one fetch into the next batch, and waits for room as often as it is full. */
  async #gather({ partition, records, highWatermark, isStale, heartbeat }: Fetch): Promise<boolean> {
    // A topic that was deleted and created again begins anew.
    if (highWatermark < (this.#positions.get(partition) ?? 0)) this.#positions.delete(partition)
    const position = this.#positions.get(partition) ?? 0
    let index = 0
    while (index < records.length && Number(records[index]?.offset) < position) index += 1
    for (;;) {
      if (this.#stopping || isStale() || this.#held.has(partition)) return false
      index = this.#fill(partition, records, index)
      if (index === records.length) return true
      await this.#room.wait(HEARTBEAT_MS)
      await heartbeat()
    }
  }

  /** @returns the index of the first record that found no room */
  #fill(partition: number, records: ConsumedRecord[], from: number): number {
    const next = this.#next
    const wasEmpty = next.isEmpty
    let index = from
    for (let record = records[index]; record && next.add(partition, record); record = records[index]) index += 1
    if (index > from) this.#positions.set(partition, Number(records[index - 1]?.offset) + 1)
    if (wasEmpty || next.full) this.#work.raise()
    return index
  }

  #reassign(assigned: Set<number>) {
    for (const partition of this.#assigned) {
      if (!assigned.has(partition)) this.#forget(partition)
    }
    for (const [partition, position] of this.#positions) {
      this.#consumer.seek(partition, position)
      if (this.#held.has(partition)) this.#consumer.pause(partition)
    }
    this.#assigned = assigned
  }

  /** The member that has the partition now begins at the committed offset. */
  #forget(partition: number) {
    this.#release(partition)
    this.#withdraw(partition)
    this.#underWay?.drop(partition)
    this.#backlog.drop(partition)
    this.#positions.delete(partition)
  }

  async #produce(topic: string, partitions: PartitionRecords[]): Promise<void> {
    const records = partitions.flatMap(({ records }) => records.map(toOutgoing))
    await this.#producer.send(topic, records, Date.now() + PRODUCE_MS)
  }
}

function labelOf({ topic, functionKey }: EventSourceMapping): string {
  return `Kafka  ${topic} → ${functionKey}`
}

function toOutgoing({ key, value, headers = {}, timestamp }: ConsumedRecord) {
  const list = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? null].flat().map(value => toHeader(name, value)),
  )
  return { key, value, headers: list, timestamp: Number(timestamp) }
}

function toHeader(key: string, value: HeaderValue) {
  return { key, value: typeof value === 'string' ? Buffer.from(value) : value }
}

/** Waits for a promise, but not for ever, and without keeping the process alive. */
async function atMost(milliseconds: number, promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([promise, sleep(milliseconds, undefined, { ref: false })])
}
