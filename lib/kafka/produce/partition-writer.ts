import type { initProducerIdV4 } from '@platformatic/kafka'
import { asCodedError, CodedError } from '../../error.ts'
import type { TopicPartition } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import { apiOf, type Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { Codec } from '../codec.ts'
import { protocolErrorsOf } from '../error.ts'
import {
  halves,
  nextParts,
  type Part,
  type PartitionWrite,
  type Placement,
  QueuedWrite,
  recordsIn,
  refuse,
} from './partition-queue.ts'
import { produce } from './produce-request.ts'
import type { Identity } from './record-batch.ts'
import { BatchRefusedError } from './refusal.ts'
import type { IndexedRecord } from './request-split.ts'

export interface TransactionalIdentity extends Identity {
  transactionalId: string
}

/** Sequence numbers wrap around after 31 bits. Source: Apache Kafka, `DefaultRecordBatch.incrementSequence`. */
const SEQUENCE_NUMBERS = 2 ** 31

/** The broker has lost this producer's state, so only a new producer id can continue. Source: KIP-360. */
const identityLost = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH']

/**
 * Writes to one partition, one request at a time. Records that wait for a request share the next one. A retried request
 * keeps its producer id and sequence number, even over a new connection, so the broker stores its records once. After a
 * request has failed for good, it is unknown whether the broker stored it, so the next request uses a new producer id.
 *
 * A request that the broker refuses for some of its records is not stored, and its sequence number is used again. If the
 * broker names the records, their writes end with these. Otherwise the request is halved, in order, until the first such
 * record stands alone: those before it are stored then, those after it are not sent.
 */
export class PartitionWriter {
  readonly #cluster: ClusterClient
  readonly #place: TopicPartition
  readonly #codec: Codec
  readonly #transactionalId: string | undefined
  #identity: Identity | undefined
  #sequence = 0
  #queue: QueuedWrite[] = []
  #isRunning = false

  /** @param transactional identity for records of a transaction; it belongs to the caller and is never replaced here */
  constructor(cluster: ClusterClient, place: TopicPartition, codec: Codec, transactional?: TransactionalIdentity) {
    this.#cluster = cluster
    this.#place = place
    this.#codec = codec
    this.#transactionalId = transactional?.transactionalId
    this.#identity = transactional
  }

  /**
   * Writes the records after those of earlier calls.
   *
   * @returns where the records are, request by request
   * @throws RefusedRecordsError
   * @throws CodedError; the records of earlier requests are stored, those of later ones are not
   */
  write(write: PartitionWrite): Promise<Placement[]> {
    const queued = new QueuedWrite(write)
    this.#queue.push(queued)
    if (!this.#isRunning) void this.#run()
    return queued.done
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#queue.length > 0) {
      await this.#send(nextParts(this.#queue))
      this.#queue = this.#queue.filter(({ isOver }) => !isOver)
    }
    this.#isRunning = false
  }

  /** @returns whether all records are stored; if not, at least one of the writes is over */
  async #send(parts: Part[]): Promise<boolean> {
    const deadline = (parts[0] as Part).write.deadline
    let offset: number
    try {
      offset = await this.#produce(recordsIn(parts), deadline)
    } catch (error) {
      if (error instanceof BatchRefusedError) return await this.#narrowDown(parts, error)
      if (!this.#transactionalId) this.#identity = undefined
      for (const { write } of parts) write.fail(asCodedError(error))
      return false
    }
    for (const { write, records } of parts) {
      write.store(records, this.#place.partition, offset)
      offset += records.length
    }
    return true
  }

  async #narrowDown(parts: Part[], refusal: BatchRefusedError): Promise<boolean> {
    if (refuse(parts, refusal)) return false
    const [first, second] = halves(parts)
    return (await this.#send(first)) && (await this.#send(second))
  }

  async #produce(records: IndexedRecord[], deadline: number): Promise<number> {
    const what = `send ${records.length} records to ${this.#place.topic}`
    let isRepeated = false
    const attempt = async (client: Client, signal: AbortSignal) => {
      try {
        return await this.#attempt(client, records, signal)
      } catch (thrown) {
        // A refusal is the same again; damage on the way is not.
        if (!(thrown instanceof BatchRefusedError && thrown.maybeDamaged) || isRepeated) throw thrown
        isRepeated = true
        throw new CodedError('KAFKA_UNAVAILABLE', thrown.message, { ...this.#place, retryable: true, cause: thrown })
      }
    }
    const firstOffset = await retryUntil(deadline, signal =>
      this.#cluster.attempt(what, signal, client => attempt(client, signal)),
    )
    this.#sequence = (this.#sequence + records.length) % SEQUENCE_NUMBERS
    return firstOffset
  }

  /**
   * Sends the records once. An attempt continues after its signal has aborted, but from then on the identity and the sequence
   * number belong to the attempts after it: with those of a late one, other records would count as stored already.
   */
  async #attempt(client: Client, indexed: IndexedRecord[], signal: AbortSignal): Promise<number> {
    const identity = this.#identity ?? (await this.#newIdentity(client, signal))
    const request = {
      ...this.#place,
      records: indexed.map(({ record }) => record),
      codec: this.#codec,
      identity,
      sequence: this.#sequence,
      transactionalId: this.#transactionalId,
    }
    try {
      return await produce(this.#cluster, client, request, signal)
    } catch (cause) {
      const isLost = !this.#transactionalId && protocolErrorsOf(cause).some(name => identityLost.includes(name))
      if (signal.aborted || !isLost) throw cause
      this.#identity = undefined
      const message = 'The broker no longer knows this producer id. The next attempt uses a new one.'
      throw new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, cause })
    }
  }

  async #newIdentity(client: Client, signal: AbortSignal): Promise<Identity> {
    const identity = await newIdentity(client)
    signal.throwIfAborted()
    this.#identity = identity
    this.#sequence = 0
    return identity
  }
}

/** Asks any broker for a new producer id. */
async function newIdentity(client: Client): Promise<Identity> {
  const connection = await client.anyBroker()
  const api = await apiOf<[null, number], initProducerIdV4.InitProducerIdResponse>(client, 'InitProducerId')
  const { producerId, producerEpoch } = await api.async(connection, null, 0)
  return { producerId, producerEpoch }
}
