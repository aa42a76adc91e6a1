import type { RecordHeader } from '../../record.ts'
import type { ConsumedRecord, TimestampType } from './consumed-record.ts'

/** What the records of a batch share. */
export interface RecordsSource {
  /** The records, decompressed. */
  bytes: Buffer
  firstOffset: number
  /** The others count from it. */
  firstTimestamp: number
  /** When the broker has appended the batch, if that is the time of its records. */
  appendTime: number | undefined
  timestampType: TimestampType
}

const NO_HEADERS: readonly RecordHeader[] = []

/**
 * A record in the bytes of its batch. It knows only where its parts are, because a batch for a function keeps thousands of records
 * for a while, and the garbage collector copies each object that they have: twelve of them, as kafkajs decodes a record, cost more
 * than decoding. What is asked for is made then, and dropped soon.
 */
export class FetchedRecord implements ConsumedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly #source: RecordsSource
  readonly #keyAt: number
  readonly #keyBytes: number
  readonly #valueAt: number
  readonly #valueBytes: number

  /** @param reader at the record; is behind it afterwards */
  constructor(source: RecordsSource, reader: VarintReader) {
    const bytes = reader.read()
    const end = reader.at + bytes
    reader.at += ATTRIBUTES_BYTES
    this.#source = source
    this.timestamp = timeOf(source, reader.readLong())
    this.offset = source.firstOffset + reader.read()
    this.#keyBytes = reader.read()
    this.#keyAt = reader.at
    if (this.#keyBytes > 0) reader.at += this.#keyBytes
    this.#valueBytes = reader.read()
    this.#valueAt = reader.at
    reader.at = end
  }

  get timestampType(): TimestampType {
    return this.#source.timestampType
  }

  get key(): Buffer | null {
    return this.#keyBytes < 0 ? null : this.#source.bytes.subarray(this.#keyAt, this.#keyAt + this.#keyBytes)
  }

  get value(): Buffer | null {
    return this.#valueBytes < 0 ? null : this.#source.bytes.subarray(this.#valueAt, this.#valueAt + this.#valueBytes)
  }

  get headers(): readonly RecordHeader[] {
    const reader = new VarintReader(this.#source.bytes, this.#valueAt + Math.max(this.#valueBytes, 0))
    const count = reader.read()
    if (count === 0) return NO_HEADERS
    return Array.from({ length: count }, () => ({
      key: reader.readBytes()?.toString() ?? '',
      value: reader.readBytes(),
    }))
  }
}

/** Two times may be farther apart than a number is exact. */
function timeOf({ firstTimestamp, appendTime }: RecordsSource, delta: number | bigint): number {
  if (appendTime !== undefined) return appendTime
  return typeof delta === 'number' ? firstTimestamp + delta : Number(BigInt(firstTimestamp) + delta)
}

/** Before a record's timestamp. Nothing is in them. */
const ATTRIBUTES_BYTES = 1

/**
 * Reads zigzag varints: seven bits per byte, lowest first. Source: Apache Kafka,
 * `org.apache.kafka.common.utils.ByteUtils.readVarlong`.
 */
export class VarintReader {
  readonly #bytes: Buffer
  /** Where the next number begins. Behind the bytes when they ended too early. */
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes
    this.at = at
  }

  /** A number of 32 bits. */
  read(): number {
    let zigzag = 0
    let byte: number
    let shift = 0
    do {
      byte = this.#bytes[this.at++] as number
      zigzag |= (byte & 127) << shift
      shift += 7
    } while (byte >= 128)
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  /** A number of 64 bits. */
  readLong(): number | bigint {
    const start = this.at
    while ((this.#bytes[this.at] as number) >= 128) this.at += 1
    this.at += 1
    if (this.at - start <= SHORT_BYTES) {
      this.at = start
      return this.read()
    }
    let zigzag = 0n
    for (let at = this.at - 1; at >= start; at--) zigzag = (zigzag << 7n) | BigInt((this.#bytes[at] as number) & 127)
    return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
  }

  /** Bytes behind their length, which is -1 for null. */
  readBytes(): Buffer | null {
    const length = this.read()
    if (length < 0) return null
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }
}

/** Numbers in so many bytes have at most 28 bits. */
const SHORT_BYTES = 4
