import { CONTROL_BATCH, LOG_APPEND_TIME_BATCH, TRANSACTIONAL_BATCH } from '../protocol.ts'
import { decompress } from './codecs.ts'
import type { ConsumedRecord, TimestampType } from './consumed-record.ts'
import { FetchedRecord, type RecordsSource, VarintReader } from './fetched-record.ts'

/** Where the fields of a record batch of version 2 are. Source: Apache Kafka, documentation, "Record Batch". */
const at = {
  firstOffset: 0,
  length: 8,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
} as const
/** The bytes before those that the length counts. */
const LENGTH_BEGINS = 12
const MAGIC = 2
/** Bits of the attributes. */
const CODEC = 0x07

/** True for records in batches of version 2, which every broker since Kafka 0.11 writes. */
export function areBatches(recordSet: Buffer): boolean {
  return recordSet.length <= at.magic || recordSet[at.magic] === MAGIC
}

/**
 * The batches of one partition in a fetch response, without the one that the end of the response cuts off.
 *
 * @param from the offset that was asked for: the first batch may begin before it
 */
export function* fetchedBatches(recordSet: Buffer, from: number): Generator<FetchedBatch> {
  let start = 0
  while (start + at.records <= recordSet.length) {
    const end = start + LENGTH_BEGINS + recordSet.readInt32BE(start + at.length)
    if (end > recordSet.length) return
    yield new FetchedBatch(recordSet.subarray(start, end), from)
    start = end
  }
}

/**
 * A record batch as kafkajs sees it: one message, with what kafkajs looks at to leave out aborted transactions and to continue
 * behind the last offset. Its records are decoded when they are needed.
 */
export class FetchedBatch {
  /** Of the last record, which compaction may have removed. */
  readonly offset: string
  /** True for the marker at the end of a transaction, whose key says whether it was aborted. */
  readonly isControlRecord: boolean
  readonly key: Buffer | null
  readonly batchContext: { producerId: string; inTransaction: boolean }
  readonly #bytes: Buffer
  readonly #from: number
  readonly #firstOffset: number
  readonly #attributes: number

  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes
    this.#from = from
    this.#firstOffset = readLong(bytes, at.firstOffset)
    this.#attributes = bytes.readInt16BE(at.attributes)
    this.offset = String(this.#firstOffset + bytes.readInt32BE(at.lastOffsetDelta))
    this.isControlRecord = (this.#attributes & CONTROL_BATCH) !== 0
    this.batchContext = {
      producerId: String(bytes.readBigInt64BE(at.producerId)),
      inTransaction: (this.#attributes & TRANSACTIONAL_BATCH) !== 0,
    }
    this.key = this.isControlRecord ? (this.#decode(bytes.subarray(at.records))[0]?.key ?? null) : null
  }

  /** The records from the asked-for offset on. */
  async records(): Promise<ConsumedRecord[]> {
    const content = await decompress(this.#attributes & CODEC, this.#bytes.subarray(at.records))
    const records = this.#decode(content)
    const first = records.findIndex(({ offset }) => offset >= this.#from)
    return first > 0 ? records.slice(first) : first < 0 ? [] : records
  }

  /** @throws an error when the records are damaged */
  #decode(content: Buffer): ConsumedRecord[] {
    const source: RecordsSource = { bytes: content, ...this.#times(), firstOffset: this.#firstOffset }
    const reader = new VarintReader(content)
    const records = Array.from({ length: this.#bytes.readInt32BE(at.count) }, () => new FetchedRecord(source, reader))
    if (!(reader.at <= content.length)) throw new Error(`a record batch at the offset ${this.#firstOffset} is damaged`)
    return records
  }

  #times(): { firstTimestamp: number; appendTime: number | undefined; timestampType: TimestampType } {
    const isAppended = (this.#attributes & LOG_APPEND_TIME_BATCH) !== 0
    return {
      firstTimestamp: readLong(this.#bytes, at.firstTimestamp),
      appendTime: isAppended ? readLong(this.#bytes, at.maxTimestamp) : undefined,
      timestampType: isAppended ? 'LOG_APPEND_TIME' : 'CREATE_TIME',
    }
  }
}

/** Exact up to 2^53. */
function readLong(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * 2 ** 32 + bytes.readUInt32BE(position + 4)
}
