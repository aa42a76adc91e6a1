import { freeBuffer } from '../../free-buffer.ts'
import type { ConsumedRecord } from '../../kafka/read/consumed-record.ts'
import type { Destination, Reason } from '../destination/discarded.ts'
import { type RefusalReason, refusalReasons } from '../intake/screened-record.ts'
import type { Log } from '../log.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import type { PartialResponses } from '../mapping/partial-responses.ts'
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
  /** Gets what is given up; without one, that is only named in the log. */
  destination: Destination | undefined
  partialResponses: PartialResponses
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
      for (const reason of refusalReasons) await this.#putAsideRefused(batch, reason)
      if (batch.isOversized) return await this.#skipOversized(batch)
      if (this.#isExhausted(batch)) return await this.#giveUp(batch, 'retries')
      const young = await this.#withoutExpired(batch)
      return young.count === 0 ? { done: batch.ends(), again: [] } : await this.#invoke(young)
    } catch (error) {
      this.#say(
        'error',
        `${this.describe(batch)} could not be put aside and will be retried: ${(error as Error).message}`,
      )
      batch.setbacks += 1
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
    let failed: Map<number, Set<number>>
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
    return this.#isExhausted(batch) ? await this.#giveUp(batch, 'retries') : { done: new Map(), again: [[batch]] }
  }

  /** Each partition is done up to its first failed record, and continues there independently of the others. */
  async #failSome(batch: Batch, failed: Map<number, Set<number>>): Promise<Outcome> {
    const done = new Map<number, number>()
    const again: Batch[][] = []
    for (const group of batch.partitions()) {
      const listed = failed.get(group.partition)
      if (!listed) {
        done.set(group.partition, group.end)
        continue
      }
      const first = group.records.findIndex(({ offset }) => listed.has(offset))
      if (first > 0) done.set(group.partition, group.records[first]?.offset ?? group.end)
      const rest = this.#rest(batch, group, listed, first)
      this.#say('error', `${this.describe(rest)} reported as failed, attempt ${rest.failures}`)
      again.push([rest])
    }
    return { done, again }
  }

  /** What comes again of a partition, with how often it has failed. */
  #rest(batch: Batch, group: PartitionRecords, listed: Set<number>, first: number): Batch {
    if (this.#options.partialResponses === 'listed') {
      const rest = batch.derive([{ ...group, records: group.records.filter(({ offset }) => listed.has(offset)) }])
      rest.failures = batch.failures + 1
      return rest
    }
    const rest = batch.derive([{ ...group, records: group.records.slice(first) }])
    // Progress resets the count: the remaining records have failed for the first time.
    rest.failures = first > 0 ? 1 : batch.failures + 1
    return rest
  }

  #isExhausted({ failures }: Batch): boolean {
    return failures > this.#options.mapping.maximumRetryAttempts
  }

  async #skipOversized(batch: Batch): Promise<Outcome> {
    const place = this.describe(batch)
    this.#say(
      'error',
      `${place} is skipped: its payload would have ${batch.bytes} bytes, more than an invocation accepts`,
    )
    await this.#putAside(batch, 'size')
    return { done: batch.ends(), again: [] }
  }

  async #giveUp(batch: Batch, reason: 'retries' | 'age'): Promise<Outcome> {
    const { mapping, destination } = this.#options
    const fate = destination ? `goes to ${destination.name}` : 'is discarded'
    const why = reason === 'retries' ? 'its retries are used up' : `older than ${mapping.maximumRecordAgeSeconds} s`
    await this.#putAside(batch, reason)
    this.#say('error', `${this.describe(batch)} ${fate}: ${why}`)
    return { done: batch.ends(), again: [] }
  }

  async #putAsideRefused(batch: Batch, reason: RefusalReason): Promise<void> {
    const refused = batch.refused(reason)
    if (!refused) return
    const { destination } = this.#options
    await this.#putAside(refused.batch, reason)
    batch.forgetRefused(reason)
    const fate = destination ? `goes to ${destination.name}` : 'is discarded'
    this.#say('error', `${this.describe(refused.batch)} ${fate}: ${refused.message}`)
  }

  async #withoutExpired(batch: Batch): Promise<Batch> {
    const { maximumRecordAgeSeconds } = this.#options.mapping
    if (maximumRecordAgeSeconds === Number.POSITIVE_INFINITY) return batch
    const oldest = Date.now() - maximumRecordAgeSeconds * 1000
    const isExpired = ({ timestamp }: ConsumedRecord) => timestamp >= 0 && timestamp < oldest
    const partitions = batch.partitions()
    const expired = partitions
      .map(group => ({ ...group, records: group.records.filter(isExpired) }))
      .filter(({ records }) => records.length > 0)
    if (expired.length === 0) return batch
    const old = batch.derive(expired)
    old.failures = batch.failures
    await this.#giveUp(old, 'age')
    const young = batch.derive(
      partitions.map(group => ({ ...group, records: group.records.filter(record => !isExpired(record)) })),
    )
    young.failures = batch.failures
    return young
  }

  async #putAside(batch: Batch, reason: Reason): Promise<void> {
    const event = batch.derive(batch.partitions().filter(({ records }) => records.length > 0))
    await this.#options.destination?.put({
      reason,
      invokeCount: batch.failures,
      event,
      singles: () => event.singles(),
    })
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
