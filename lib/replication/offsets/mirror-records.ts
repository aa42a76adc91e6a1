import { CodedError } from '../../error.ts'

/**
 * Encodes and decodes the records in which MirrorMaker 2 keeps offsets. Numbers are big-endian; a string is its length in
 * bytes as INT16, followed by UTF-8.
 *
 * Source: Apache Kafka, connect/mirror `OffsetSync`; connect/mirror-client `Checkpoint`, `Heartbeat`.
 */

/** The bytes of a record in one of these formats. */
export interface RecordBytes {
  key: Buffer
  value: Buffer
}

/** The offsets of one record on the source and on the target, in the partition of the same number. */
export interface OffsetSync {
  /** Topic of the source cluster. */
  topic: string
  partition: number
  sourceOffset: number
  targetOffset: number
}

/** A position that a group committed on the source, and the equivalent position on the target. */
export interface Checkpoint {
  group: string
  /** Topic of the target cluster. */
  topic: string
  partition: number
  sourceOffset: number
  targetOffset: number
  /** The metadata that the group committed with the offset. */
  metadata: string
}

/** Evidence that records can get from one cluster to the other. */
export interface Heartbeat {
  sourceAlias: string
  targetAlias: string
  /** Milliseconds since the epoch. */
  timestamp: number
}

/** The only version of checkpoints and heartbeats so far. Offset syncs have no version. */
const VERSION = 0

export function encodeOffsetSync({ topic, partition, sourceOffset, targetOffset }: OffsetSync): RecordBytes {
  return { key: bytes(string(topic), int32(partition)), value: bytes(int64(sourceOffset), int64(targetOffset)) }
}

/** @throws CodedError `RECORD_UNDECODABLE` */
export function decodeOffsetSync({ key, value }: RecordBytes): OffsetSync {
  return decode('offset sync', () => {
    const [keyFields, valueFields] = [new Fields(key), new Fields(value)]
    return {
      topic: keyFields.string(),
      partition: keyFields.int32(),
      sourceOffset: valueFields.int64(),
      targetOffset: valueFields.int64(),
    }
  })
}

export function encodeCheckpoint(checkpoint: Checkpoint): RecordBytes {
  const { group, topic, partition, sourceOffset, targetOffset, metadata } = checkpoint
  return {
    key: bytes(string(group), string(topic), int32(partition)),
    value: bytes(int16(VERSION), int64(sourceOffset), int64(targetOffset), string(metadata)),
  }
}

/** @throws CodedError `RECORD_UNDECODABLE` */
export function decodeCheckpoint({ key, value }: RecordBytes): Checkpoint {
  return decode('checkpoint', () => {
    const [keyFields, valueFields] = [new Fields(key), new Fields(value)]
    valueFields.version(VERSION)
    return {
      group: keyFields.string(),
      topic: keyFields.string(),
      partition: keyFields.int32(),
      sourceOffset: valueFields.int64(),
      targetOffset: valueFields.int64(),
      metadata: valueFields.string(),
    }
  })
}

export function encodeHeartbeat({ sourceAlias, targetAlias, timestamp }: Heartbeat): RecordBytes {
  return { key: bytes(string(sourceAlias), string(targetAlias)), value: bytes(int16(VERSION), int64(timestamp)) }
}

/** @throws CodedError `RECORD_UNDECODABLE` */
export function decodeHeartbeat({ key, value }: RecordBytes): Heartbeat {
  return decode('heartbeat', () => {
    const [keyFields, valueFields] = [new Fields(key), new Fields(value)]
    valueFields.version(VERSION)
    return { sourceAlias: keyFields.string(), targetAlias: keyFields.string(), timestamp: valueFields.int64() }
  })
}

function decode<T>(kind: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', `The record is not a valid ${kind}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Reads fields one after another. Throws a RangeError when the bytes end too early. */
class Fields {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int16(): number {
    const value = this.#bytes.readInt16BE(this.#at)
    this.#at += 2
    return value
  }

  int32(): number {
    const value = this.#bytes.readInt32BE(this.#at)
    this.#at += 4
    return value
  }

  int64(): number {
    const value = this.#bytes.readBigInt64BE(this.#at)
    this.#at += 8
    return Number(value)
  }

  string(): string {
    const end = this.int16() + this.#at
    if (end < this.#at || end > this.#bytes.length) throw new RangeError('a string ends outside of the record')
    const value = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end
    return value
  }

  version(expected: number): void {
    const version = this.int16()
    if (version !== expected) throw new RangeError(`unknown version ${version}`)
  }
}

const bytes = (...fields: Buffer[]) => Buffer.concat(fields)

function int16(value: number): Buffer {
  const field = Buffer.alloc(2)
  field.writeInt16BE(value)
  return field
}

function int32(value: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeInt32BE(value)
  return field
}

function int64(value: number): Buffer {
  const field = Buffer.alloc(8)
  field.writeBigInt64BE(BigInt(value))
  return field
}

/** @throws RangeError when the text is longer than the format allows, 32,767 bytes */
function string(value: string): Buffer {
  const text = Buffer.from(value)
  return Buffer.concat([int16(text.length), text])
}
