import type { initProducerIdV4 } from '@platformatic/kafka'
import { asCodedError, CodedError } from '../../error.ts'
import type { TopicPartition } from '../../record.ts'
import { retryUntil } from '../../retry.ts'
import { apiOf, type Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { Codec } from '../codec.ts'
import { protocolErrorsOf } from '../error.ts'
import { produce } from './produce-request.ts'
import type { Identity } from './record-batch.ts'
import { type IndexedRecord, RecordTooLargeError } from './request-split.ts'

/** Where the records of one request were stored: at consecutive offsets. */
export interface Placement {
  partition: number
  firstOffset: number
  records: number
}

export interface TransactionalIdentity extends Identity {
  transactionalId: string
}

/** Sequence numbers wrap around after 31 bits. Source: Apache Kafka, `DefaultRecordBatch.incrementSequence`. */
const SEQUENCE_NUMBERS = 2 ** 31

/** The broker has lost this producer's state, so only a new producer id can continue. Source: KIP-360. */
const identityLost = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH']

/**
 * Writes the requests of one partition, one at a time. A retried request keeps its producer id and sequence number, even
 * over a new connection, so the broker stores its records once. After a request has failed for good, it is unknown whether
 * the broker stored it, so the next request uses a new producer id.
 */
export class PartitionWriter {
  readonly #cluster: ClusterClient
  readonly #place: TopicPartition
  readonly #codec: Codec
  readonly #transactionalId: string | undefined
  #identity: Identity | undefined
  #sequence = 0
  #previous: Promise<unknown> = Promise.resolve()

  /** @param transactional identity for records of a transaction; it belongs to the caller and is never replaced here */
  constructor(cluster: ClusterClient, place: TopicPartition, codec: Codec, transactional?: TransactionalIdentity) {
    this.#cluster = cluster
    this.#place = place
    this.#codec = codec
    this.#transactionalId = transactional?.transactionalId
    this.#identity = transactional
  }

  /**
   * Writes the requests after those of earlier calls.
   *
   * @param deadline in milliseconds since the epoch
   * @throws CodedError; requests before the failing one are written, those after it are not
   */
  write(requests: IndexedRecord[][], deadline: number): Promise<Placement[]> {
    const written = this.#previous.then(() => this.#writeAll(requests, deadline))
    this.#previous = written.catch(() => {})
    return written
  }

  async #writeAll(requests: IndexedRecord[][], deadline: number): Promise<Placement[]> {
    const placements: Placement[] = []
    for (const records of requests) placements.push(...(await this.#writeOne(records, deadline)))
    return placements
  }

  /** Halves a request that the broker finds too large: the topic's limit may be unknown, or have been lowered. */
  async #writeOne(records: IndexedRecord[], deadline: number): Promise<Placement[]> {
    const { topic, partition } = this.#place
    try {
      const firstOffset = await this.#produce(records, deadline)
      return [{ partition, firstOffset, records: records.length }]
    } catch (thrown) {
      const error = asCodedError(thrown)
      if (error.code === 'KAFKA_RECORD_TOO_LARGE') {
        const [first] = records
        if (records.length > 1) return await this.#writeAll(halves(records), deadline)
        throw new RecordTooLargeError({ topic, partition, index: first?.index ?? 0 }, error.message, error.cause)
      }
      if (!this.#transactionalId) this.#identity = undefined
      throw error
    }
  }

  async #produce(records: IndexedRecord[], deadline: number): Promise<number> {
    const what = `send ${records.length} records to ${this.#place.topic}`
    const firstOffset = await retryUntil(deadline, signal =>
      this.#cluster.attempt(what, signal, client => this.#attempt(client, records)),
    )
    this.#sequence = (this.#sequence + records.length) % SEQUENCE_NUMBERS
    return firstOffset
  }

  async #attempt(client: Client, indexed: IndexedRecord[]): Promise<number> {
    if (!this.#identity) {
      this.#identity = await newIdentity(client)
      this.#sequence = 0
    }
    const records = indexed.map(({ record }) => record)
    try {
      return await produce(this.#cluster, client, {
        ...this.#place,
        records,
        codec: this.#codec,
        identity: this.#identity,
        sequence: this.#sequence,
        transactionalId: this.#transactionalId,
      })
    } catch (cause) {
      if (this.#transactionalId || !protocolErrorsOf(cause).some(name => identityLost.includes(name))) throw cause
      this.#identity = undefined
      const message = 'The broker no longer knows this producer id. The next attempt uses a new one.'
      throw new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, cause })
    }
  }
}

function halves(records: IndexedRecord[]): IndexedRecord[][] {
  const middle = Math.ceil(records.length / 2)
  return [records.slice(0, middle), records.slice(middle)]
}

/** Asks any broker for a new producer id. */
async function newIdentity(client: Client): Promise<Identity> {
  const connection = await client.anyBroker()
  const api = await apiOf<[null, number], initProducerIdV4.InitProducerIdResponse>(client, 'InitProducerId')
  const { producerId, producerEpoch } = await api.async(connection, null, 0)
  return { producerId, producerEpoch }
}
