import type { OutgoingRecord } from '../../record.ts'
import { type Codec, codecs } from '../codec.ts'
import { TRANSACTIONAL_BATCH } from '../protocol.ts'
import { varintBytes, writeVarint } from './varint.ts'

/**
 * Record batches of version 2, the unit in which brokers receive and store records. Source: Apache Kafka, documentation,
 * "Record Batch". The client library's encoder is not used: it writes wrong timestamps if they are more than 2^31 ms apart.
 */

/** Lets the broker recognize a retried request. */
export interface Identity {
  producerId: bigint
  producerEpoch: number
}

export interface BatchHeader {
  identity: Identity
  /** Sequence number of the first record, counted per producer and partition. */
  sequence: number
  transactional: boolean
}

/** The functions of the client library that encoding needs. */
export interface BatchTools {
  crc32c(bytes: Buffer): number
  compressionsAlgorithms: Record<
    Codec,
    { compress?(bytes: Buffer): Promise<Buffer>; compressSync(bytes: Buffer): Buffer }
  >
}

/** Size of a batch without its records. */
export const BATCH_HEADER_BYTES = 61

const MAGIC = 2
const NO_LEADER_EPOCH = -1

/** Byte positions of the header's fields. The length and the checksum each cover everything after themselves. */
const position = { length: 8, leaderEpoch: 12, magic: 16, checksum: 17, attributes: 21, lastOffset: 23 } as const

/** Size of a record's attributes. */
export const ATTRIBUTES_BYTES = 1

/** Encodes at least one record as a batch. */
export async function encodeBatch(
  records: OutgoingRecord[],
  header: BatchHeader,
  codec: Codec,
  tools: BatchTools,
): Promise<Buffer> {
  const { batch, compression } = await encodeBody(records, codec, tools)
  writeHeader(batch, records, header, codecs[compression])
  batch.writeUInt32BE(tools.crc32c(batch.subarray(position.attributes)), position.checksum)
  return batch
}

/** Size in bytes of the batch that {@link encodeBatch} returns for these records. */
export async function batchBytes(records: OutgoingRecord[], codec: Codec, tools: BatchTools): Promise<number> {
  const { batch } = await encodeBody(records, codec, tools)
  return batch.length
}

/**
 * The records behind the room for the header. Compresses only if that makes the batch smaller, so that it never exceeds the size
 * computed without compression.
 */
async function encodeBody(
  records: OutgoingRecord[],
  codec: Codec,
  tools: BatchTools,
): Promise<{ batch: Buffer; compression: Codec }> {
  const batch = encodeRecords(records)
  if (codec === 'none') return { batch, compression: codec }
  const packed = await compress(batch.subarray(BATCH_HEADER_BYTES), codec, tools)
  return BATCH_HEADER_BYTES + packed.length < batch.length
    ? { batch: Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), packed]), compression: codec }
    : { batch, compression: 'none' }
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
  batch.writeInt16BE(compression | (transactional ? TRANSACTIONAL_BATCH : 0), position.attributes)
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

/** Leaves room for the header, which is all zeros: joining both would copy every batch. */
function encodeRecords(records: OutgoingRecord[]): Buffer {
  const base = firstTimestamp(records)
  const lengths = records.map((record, index) => recordBytes(record, record.timestamp - base, index))
  const body = lengths.reduce((sum, length) => sum + varintBytes(length) + length, 0)
  const bytes = Buffer.allocUnsafe(BATCH_HEADER_BYTES + body).fill(0, 0, BATCH_HEADER_BYTES)
  let next = BATCH_HEADER_BYTES
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

/** Size of a record in bytes without its length field. */
function recordBytes(record: OutgoingRecord, timestampDelta: number, offsetDelta: number): number {
  return ATTRIBUTES_BYTES + varintBytes(timestampDelta) + varintBytes(offsetDelta) + contentBytes(record)
}

/** Size of a record's key, value and headers in bytes. */
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
