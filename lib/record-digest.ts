import { createHash, type Hash } from 'node:crypto'
import type { RecordHeader } from './record.ts'

/** What a digest is made of: everything that a record keeps when it is copied to another cluster. */
export interface DigestedRecord {
  key: Buffer | null
  value: Buffer | null
  headers: readonly RecordHeader[]
  /** Milliseconds since the epoch. */
  timestamp: number
}

/** A running digest of the records of one partition, in their order. How they are divided into calls has no effect. */
export interface RecordDigest {
  /** How many records were added. */
  readonly records: number
  add(records: readonly DigestedRecord[]): void
  /** SHA-256 of all records so far, in hexadecimal digits. More records may be added afterwards. */
  digest(): string
  /** A digest of the same records, to which others are added. */
  copy(): RecordDigest
}

/** The length written for null. No bytes have it. */
const NULL_LENGTH = -1

const TWO_TO_32 = 2 ** 32

/** Bytes that are hashed at once: a call for each field would cost more than the hashing. */
const CHUNK_BYTES = 256 * 1024

/**
 * A record is hashed as: timestamp INT64, key, value, number of headers INT32, then name and value of each. Names (in UTF-8) and
 * bytes are preceded by their length as INT32, -1 for null. All numbers are big-endian.
 */
export function createRecordDigest(): RecordDigest {
  return digestFrom(createHash('sha256'), 0)
}

function digestFrom(hash: Hash, before: number): RecordDigest {
  // Without memory until records are added, because most copies are never added to.
  let chunk = Buffer.alloc(0)
  let [used, records] = [0, before]

  function flush(): void {
    if (used > 0) hash.update(chunk.subarray(0, used))
    used = 0
  }

  function room(bytes: number): void {
    if (used + bytes > CHUNK_BYTES) flush()
  }

  function addInt32(number: number): void {
    room(4)
    used = chunk.writeInt32BE(number, used)
  }

  function addBytes(bytes: Buffer | null): void {
    addInt32(bytes?.length ?? NULL_LENGTH)
    if (!bytes) return
    room(bytes.length)
    if (bytes.length > CHUNK_BYTES) hash.update(bytes)
    else {
      chunk.set(bytes, used)
      used += bytes.length
    }
  }

  function addRecord({ key, value, headers, timestamp }: DigestedRecord): void {
    room(8)
    // Two halves, because a BigInt would be made for each record.
    const high = Math.floor(timestamp / TWO_TO_32)
    used = chunk.writeInt32BE(high, used)
    used = chunk.writeUInt32BE(timestamp - high * TWO_TO_32, used)
    addBytes(key)
    addBytes(value)
    addInt32(headers.length)
    for (const header of headers) {
      addBytes(Buffer.from(header.key))
      addBytes(header.value)
    }
  }

  return {
    get records() {
      return records
    },
    add(some) {
      if (chunk.length === 0) chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      for (const record of some) addRecord(record)
      records += some.length
    },
    digest() {
      flush()
      return hash.copy().digest('hex')
    },
    copy() {
      flush()
      return digestFrom(hash.copy(), records)
    },
  }
}
