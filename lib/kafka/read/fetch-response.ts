import { areBatches, type FetchedBatch, fetchedBatches } from './fetched-batch.ts'

/** A fetch response in kafkajs's form. */
export interface FetchResponse {
  /** 0, because the broker leaves it to the client to wait; kafkajs does so for `clientSideThrottleTime`. */
  throttleTime: 0
  clientSideThrottleTime: number
  errorCode: number
  sessionId: number
  responses: { topicName: string; partitions: FetchedPartition[] }[]
}

interface FetchedPartition {
  partition: number
  errorCode: number
  highWatermark: string
  lastStableOffset: string
  lastStartOffset: string
  abortedTransactions: { producerId: string; firstOffset: string }[]
  preferredReadReplica: number
  messages: FetchedBatch[]
}

/** The version of fetch responses that {@link decodeFetch} knows: the highest of kafkajs, which brokers have since Kafka 2.3. */
export const FETCH_VERSION = 11

/**
 * Decodes a fetch response up to its record batches. Source: Apache Kafka, protocol guide, "Fetch Response (Version: 11)".
 *
 * @param offsetOf the offset that was asked for of a partition
 * @returns undefined when there are records of before Kafka 0.11, which are not in batches
 */
export function decodeFetch(
  bytes: Buffer,
  offsetOf: (topic: string, partition: number) => number,
): FetchResponse | undefined {
  const reader = new FieldReader(bytes)
  let hasOthers = false
  const partitionOf = (topic: string): FetchedPartition => {
    const partition = reader.int32()
    const fields = {
      errorCode: reader.int16(),
      highWatermark: reader.int64(),
      lastStableOffset: reader.int64(),
      lastStartOffset: reader.int64(),
      abortedTransactions: reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
      preferredReadReplica: reader.int32(),
    }
    const recordSet = reader.bytes()
    hasOthers ||= !areBatches(recordSet)
    return { partition, ...fields, messages: [...fetchedBatches(recordSet, offsetOf(topic, partition))] }
  }
  const response: FetchResponse = {
    throttleTime: 0,
    clientSideThrottleTime: reader.int32(),
    errorCode: reader.int16(),
    sessionId: reader.int32(),
    responses: reader.array(() => {
      const topicName = reader.string()
      return { topicName, partitions: reader.array(() => partitionOf(topicName)) }
    }),
  }
  return hasOthers ? undefined : response
}

/** Reads the fields of a response one behind the other. Each method throws a RangeError when the bytes end too early. */
class FieldReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  int16(): number {
    this.#at += 2
    return this.#buffer.readInt16BE(this.#at - 2)
  }

  int32(): number {
    this.#at += 4
    return this.#buffer.readInt32BE(this.#at - 4)
  }

  /** As text, as kafkajs has 64-bit numbers. */
  int64(): string {
    this.#at += 8
    return String(this.#buffer.readBigInt64BE(this.#at - 8))
  }

  string(): string {
    const length = this.int16()
    this.#at += length
    return this.#buffer.toString('utf8', this.#at - length, this.#at)
  }

  bytes(): Buffer {
    const length = Math.max(this.int32(), 0)
    this.#at += length
    return this.#buffer.subarray(this.#at - length, this.#at)
  }

  array<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(this.int32(), 0) }, read)
  }
}
