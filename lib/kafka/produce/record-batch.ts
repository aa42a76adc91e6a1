import type { OutgoingRecord } from '../../record.ts'
import { type Codec, codecs } from '../codec.ts'
import { varintBytes, writeVarint } from './varint.ts'

/**
 * Record batches of version 2, the unit in which brokers take and store records. Source: Apache Kafka, documentation,
 * "Record Batch". The client has an encoder, too; its timestamps are wrong when they lie more than 2^31 ms apart.
 */

/** What makes a repeated request recognizable to the broker. */
export interface Identity {
  producerId: bigint
  producerEpoch: number
}

export interface BatchHeader {
  identity: Identity
  /** Number of the first record among those that the producer sends to this partition. */
  sequence: number
  transactional: boolean
}

/** The functions that a batch needs of the client library. */
export interface BatchTools {
  crc32c(bytes: Buffer): number
  compressionsAlgorithms: Record<
    Codec,
    { compress?(bytes: Buffer): Promise<Buffer>; compressSync(bytes: Buffer): Buffer }
  >
}

/** Bytes of a batch beside its records. */
export const BATCH_HEADER_BYTES = 61

const MAGIC = 2
const NO_LEADER_EPOCH = -1
const TRANSACTIONAL = 1 << 4

/** Where the fields of the header are: the length counts what follows it, the checksum covers what follows it. */
const position = { length: 8, leaderEpoch: 12, magic: 16, checksum: 17, attributes: 21, lastOffset: 23 } as const

/** One record's bytes without its length, beside key, value and headers. */
export const ATTRIBUTES_BYTES = 1

/** A batch of at least one record. It is compressed only where that makes it smaller, so never larger than counted. */
export async function encodeBatch(
  records: OutgoingRecord[],
  header: BatchHeader,
  codec: Codec,
  tools: BatchTools,
): Promise<Buffer> {
  const plain = encodeRecords(records)
  const packed = codec === 'none' ? plain : await compress(plain, codec, tools)
  const smaller = packed.length < plain.length
  const body = smaller ? packed : plain
  const batch = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), body])
  writeHeader(batch, records, header, codecs[smaller ? codec : 'none'])
  batch.writeUInt32BE(tools.crc32c(batch.subarray(position.attributes)), position.checksum)
  return batch
}

async function compress(bytes: Buffer, codec: Codec, { compressionsAlgorithms }: BatchTools): Promise<Buffer> {
  const algorithm = compressionsAlgorithms[codec]
  return algorithm.compress ? await algorithm.compress(bytes) : algorithm.compressSync(bytes)
}

function writeHeader(batch: Buffer, records: OutgoingRecord[], header: BatchHeader, compression: number) {
  const { identity, sequence, transactional } = header
  batch.writeInt32BE(batch.length - position.leaderEpoch, position.length)
  batch.writeInt32BE(NO_LEADER_EPOCH, position.leaderEpoch)
  batch.writeInt8(MAGIC, position.magic)
  batch.writeInt16BE(compression | (transactional ? TRANSACTIONAL : 0), position.attributes)
  let next = batch.writeInt32BE(records.length - 1, position.lastOffset)
  next = batch.writeBigInt64BE(BigInt(firstTimestamp(records)), next)
  next = batch.writeBigInt64BE(BigInt(latestTimestamp(records)), next)
  next = batch.writeBigInt64BE(identity.producerId, next)
  next = batch.writeInt16BE(identity.producerEpoch, next)
  next = batch.writeInt32BE(sequence, next)
  batch.writeInt32BE(records.length, next)
}

function firstTimestamp([first]: OutgoingRecord[]): number {
  return first?.timestamp ?? -1
}

function latestTimestamp(records: OutgoingRecord[]): number {
  return records.reduce((latest, { timestamp }) => Math.max(latest, timestamp), -1)
}

function encodeRecords(records: OutgoingRecord[]): Buffer {
  const base = firstTimestamp(records)
  const lengths = records.map((record, index) => recordBytes(record, record.timestamp - base, index))
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + varintBytes(length) + length, 0))
  let next = 0
  for (const [index, record] of records.entries()) {
    next = writeVarint(bytes, next, lengths[index] as number)
    bytes[next++] = 0
    next = writeVarint(bytes, next, record.timestamp - base)
    next = writeVarint(bytes, next, index)
    next = writeField(bytes, next, record.key)
    next = writeField(bytes, next, record.value)
    next = writeVarint(bytes, next, record.headers.length)
    for (const { key, value } of record.headers) {
      next = writeField(bytes, next, Buffer.from(key))
      next = writeField(bytes, next, value)
    }
  }
  return bytes
}

/** Bytes of a record without its length. */
function recordBytes(record: OutgoingRecord, timestampDelta: number, offsetDelta: number): number {
  return ATTRIBUTES_BYTES + varintBytes(timestampDelta) + varintBytes(offsetDelta) + contentBytes(record)
}

/** Bytes of a record's key, value and headers. */
export function contentBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = fieldBytes(key) + fieldBytes(value) + varintBytes(headers.length)
  for (const header of headers) {
    const name = Buffer.byteLength(header.key)
    bytes += varintBytes(name) + name + fieldBytes(header.value)
  }
  return bytes
}

const NULL_LENGTH = -1

function fieldBytes(field: Buffer | null): number {
  return field === null ? varintBytes(NULL_LENGTH) : varintBytes(field.length) + field.length
}

function writeField(bytes: Buffer, position: number, field: Buffer | null): number {
  if (field === null) return writeVarint(bytes, position, NULL_LENGTH)
  const start = writeVarint(bytes, position, field.length)
  bytes.set(field, start)
  return start + field.length
}
