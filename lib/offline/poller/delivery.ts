import { freeBuffer } from '../../free-buffer.ts'
import type { ConsumedRecord } from '../../kafka/read/consumer.ts'
import type { Log } from '../log.ts'
import { destinationTopic, type EventSourceMapping } from '../mapping/event-source-mapping.ts'
import type { Batch, PartitionRecords } from './batch.ts'
import { partitionName } from './event.ts'
import { failedOffsets } from './response.ts'

/** The result of one attempt to deliver a batch. */
export interface Outcome {
  /** The next offset to read per partition: everything before it is done with. */
  done: Map<number, number>
  /** Batches to deliver again: each list in order, the lists independently of each other. */
  again: Batch[][]
}

export interface DeliveryOptions {
  mapping: EventSourceMapping
  /** Calls the function with an event and returns its response. */
  invoke(payload: Buffer): Promise<unknown>
  /** Writes records to another topic of the same cluster. */
  produce(topic: string, partitions: PartitionRecords[]): Promise<void>
  log: Log
}

/** Delivers batches to a function by the rules of an event source mapping. */
export class Delivery {
  readonly #options: DeliveryOptions

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Delivers a batch once. Never rejects: failures are in the outcome and in the log. */
  async deliver(batch: Batch): Promise<Outcome> {
    try {
      if (batch.oversized) return await this.#skipOversized(batch)
      if (this.#isExhausted(batch)) return await this.#giveUp(batch, 'its retries are used up')
      const young = await this.#withoutExpired(batch)
      return young.count === 0 ? { done: batch.ends(), again: [] } : await this.#invoke(young)
    } catch (error) {
      this.#say(
        'error',
        `${this.describe(batch)} could not be put aside and will be retried: ${(error as Error).message}`,
      )
      return { done: new Map(), again: [[batch]] }
    }
  }

  /** A batch's records by partition and offsets, as in `orders-0 15–114, orders-1 7`. */
  describe(batch: Batch): string {
    return batch
      .partitions()
      .map(group => this.#range(group))
      .join(', ')
  }

  async #invoke(batch: Batch): Promise<Outcome> {
    const started = performance.now()
    const payload = batch.payload()
    let failed: Map<number, number>
    try {
      const response = await this.#options.invoke(payload)
      freeBuffer(payload)
      failed = this.#options.mapping.reportBatchItemFailures ? failedOffsets(response, batch) : new Map()
    } catch (error) {
      return await this.#failAll(batch, error as Error)
    }
    if (failed.size > 0) return await this.#failSome(batch, failed)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    this.#say('info', `${batch.count} records in ${seconds} s, ${batch.bytes} bytes: ${this.describe(batch)}`)
    return { done: batch.ends(), again: [] }
  }

  async #failAll(batch: Batch, error: Error): Promise<Outcome> {
    if (this.#options.mapping.bisectBatchOnFunctionError && batch.count > 1) {
      // Splitting doesn't use up a retry.
      const halves = batch.split()
      for (const half of halves) half.failures = batch.failures
      this.#say('error', `${this.describe(batch)} failed and is split in two: ${error.message}`)
      return { done: new Map(), again: [halves.filter(half => !half.isEmpty)] }
    }
    batch.failures += 1
    this.#say('error', `${this.describe(batch)} failed, attempt ${batch.failures}: ${error.message}`)
    return this.#isExhausted(batch)
      ? await this.#giveUp(batch, 'its retries are used up')
      : { done: new Map(), again: [[batch]] }
  }

  /** Each partition is done up to its first failed record, and continues there independently of the others. */
  async #failSome(batch: Batch, failed: Map<number, number>): Promise<Outcome> {
    const done = new Map<number, number>()
    const again: Batch[][] = []
    for (const group of batch.partitions()) {
      const offset = failed.get(group.partition)
      if (offset === undefined) {
        done.set(group.partition, group.end)
        continue
      }
      const records = group.records.filter(record => Number(record.offset) >= offset)
      const rest = batch.derive([{ ...group, records }])
      // Progress resets the count: the remaining records have failed for the first time.
      rest.failures = records.length < group.records.length ? 1 : batch.failures + 1
      if (records.length < group.records.length) done.set(group.partition, offset)
      this.#say('error', `${this.describe(rest)} reported as failed, attempt ${rest.failures}`)
      again.push([rest])
    }
    return { done, again }
  }

  #isExhausted({ failures }: Batch): boolean {
    return failures > this.#options.mapping.maximumRetryAttempts
  }

  async #skipOversized(batch: Batch): Promise<Outcome> {
    const { partition, record, bytes } = batch.oversized ?? {}
    const place = `${this.#name(partition ?? 0)} offset ${record?.offset}`
    this.#say('error', `${place} is skipped: its payload would have ${bytes} bytes, more than an invocation accepts`)
    await this.#putAside(batch.partitions().map(group => ({ ...group, records: record ? [record] : [] })))
    return { done: batch.ends(), again: [] }
  }

  async #giveUp(batch: Batch, reason: string): Promise<Outcome> {
    const topic = destinationTopic(this.#options.mapping)
    const fate = topic ? `goes to the topic ${topic}` : 'is discarded'
    await this.#putAside(batch.partitions())
    this.#say('error', `${this.describe(batch)} ${fate}: ${reason}`)
    return { done: batch.ends(), again: [] }
  }

  async #withoutExpired(batch: Batch): Promise<Batch> {
    const { maximumRecordAgeSeconds } = this.#options.mapping
    if (maximumRecordAgeSeconds === Number.POSITIVE_INFINITY) return batch
    const oldest = Date.now() - maximumRecordAgeSeconds * 1000
    const isExpired = ({ timestamp }: ConsumedRecord) => Number(timestamp) >= 0 && Number(timestamp) < oldest
    const partitions = batch.partitions()
    const expired = partitions
      .map(group => ({ ...group, records: group.records.filter(isExpired) }))
      .filter(({ records }) => records.length > 0)
    if (expired.length === 0) return batch
    await this.#giveUp(batch.derive(expired), `older than ${maximumRecordAgeSeconds} s`)
    const young = batch.derive(
      partitions.map(group => ({ ...group, records: group.records.filter(record => !isExpired(record)) })),
    )
    young.failures = batch.failures
    return young
  }

  async #putAside(partitions: PartitionRecords[]): Promise<void> {
    const topic = destinationTopic(this.#options.mapping)
    if (topic) await this.#options.produce(topic, partitions)
  }

  #range({ partition, records, end }: PartitionRecords): string {
    const first = records[0]?.offset ?? end - 1
    const last = records.at(-1)?.offset ?? first
    return `${this.#name(partition)} ${first === last ? first : `${first}–${last}`}`
  }

  #name(partition: number): string {
    return partitionName(this.#options.mapping.topic, partition)
  }

  #say(level: keyof Log, text: string) {
    const { topic, functionKey } = this.#options.mapping
    this.#options.log[level](`Kafka  ${topic} → ${functionKey}  ${text}`)
  }
}
