import { setTimeout } from 'node:timers/promises'
import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { FailedRecord } from '../delivery/dead-letter.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { KafkaRecord } from '../record.ts'
import type { ValueDecoder, ValueRecord } from './value.ts'

/** Errors of the value itself or of its schema, which repeating does not change. */
const abnormalData: ErrorCode[] = ['VALUE_UNDECODABLE', 'VALUE_TOO_LARGE', 'SCHEMA_UNKNOWN', 'SCHEMA_INVALID']

/**
 * Bytes that the decoded values of a batch may have: ten times a whole event of Lambda (6 MB). The eight batches that are written
 * at the same time then have at most half of the default memory of a function, which also has to hold the objects that are made
 * of them. A few bytes of Avro, or of compressed text, can stand for any number of bytes, and a function that runs out of memory
 * would be started with the same event again.
 */
const BATCH_BUDGET_BYTES = 64 * 2 ** 20

/** The pause before schemas that are unknown are requested again. */
const PAUSE_MS = 1_000

export interface DecodeOptions {
  /** Larger values become separate objects as they are, whether they can be decoded or not. Absent: no limit. */
  maxInlineValueBytes?: number
  /** Whether large values are decoded nevertheless, because the partitioner reads them. */
  decodesLarge?: boolean
  includeValueSize: boolean
}

/**
 * The records with decoded values. Large values get their size, or all values when `includeValueSize` is set.
 *
 * A value whose schema may still come to be known is decoded again after a pause, all such values together: a registry that lags
 * must not turn them into abnormal data. The decoder knows for how long, and each schema is waited for only once.
 *
 * @throws AbnormalDataError with all records whose values do not match their format
 * @throws CodedError for problems other than values, such as a registry that is unavailable
 */
export async function decodeValues(
  records: KafkaRecord[],
  decode: ValueDecoder | undefined,
  options: DecodeOptions,
  signal?: AbortSignal,
): Promise<StoredRecord[]> {
  const decodeOne = decoderWithin(decode, options, signal)
  const results: Decoded[] = []
  let pending = Array.from(records.keys())
  do {
    for (const index of pending) {
      const decoded = decodeOne(records[index] as KafkaRecord)
      results[index] = decoded instanceof Promise ? await decoded : decoded
    }
    pending = pending.filter(index => (results[index] as Partial<CodedError>).retryable)
  } while (pending.length > 0 && (await pause(signal)))
  const failed: FailedRecord[] = []
  for (const [index, error] of results.entries()) {
    const record = records[index] as KafkaRecord
    if (!(error instanceof CodedError)) continue
    if (isLarge(record, options)) results[index] = undecoded(record, options)
    else failed.push({ record, error: final(error, record) })
  }
  if (failed.length > 0) throw new AbnormalDataError(failed)
  return results as StoredRecord[]
}

/**
 * Decodes the values of one batch: each new one has the memory that those before have left. What is decoded at once is returned
 * at once: waiting for each of ten thousand values takes longer than checking a short one.
 */
function decoderWithin(decode: ValueDecoder | undefined, options: DecodeOptions, signal?: AbortSignal) {
  let left = BATCH_BUDGET_BYTES
  const stored = (record: ValueRecord, content: Buffer): StoredRecord => {
    const { value } = record
    // JSON is not copied.
    if (content !== value) left -= content.length
    const large = isLarge(record, options)
    const valueSize = large || options.includeValueSize ? value.length : undefined
    return large ? { ...record, value: content, valueSize, original: value } : { ...record, value: content, valueSize }
  }
  return (record: KafkaRecord): Decoded | Promise<Decoded> => {
    if (!decode || !hasValue(record) || (isLarge(record, options) && !options.decodesLarge))
      return undecoded(record, options)
    try {
      const content = decode(record, left, signal)
      return content instanceof Promise
        ? content.then(content => stored(record, content)).catch(abnormal)
        : stored(record, content)
    } catch (error) {
      return abnormal(error)
    }
  }
}

function hasValue(record: KafkaRecord): record is ValueRecord {
  return record.value !== null
}

function undecoded(record: KafkaRecord, options: DecodeOptions): StoredRecord {
  const isSized = options.includeValueSize || isLarge(record, options)
  return { ...record, valueSize: isSized ? (record.value?.length ?? 0) : undefined }
}

/** A record as it is stored, or why it can't be. */
type Decoded = StoredRecord | CodedError

/** The error, if it concerns the value only. */
function abnormal(error: unknown): CodedError {
  if (error instanceof CodedError && abnormalData.includes(error.code)) return error
  throw error
}

function isLarge({ value }: KafkaRecord, { maxInlineValueBytes = Number.POSITIVE_INFINITY }: DecodeOptions): boolean {
  return value !== null && value.length > maxInlineValueBytes
}

/** @returns whether time is left */
function pause(signal?: AbortSignal): Promise<boolean> {
  return setTimeout(PAUSE_MS, true, { signal }).catch(() => false)
}

/** An error that the whole batch is not repeated for. */
function final({ code, message }: CodedError, { topic, partition, offset }: KafkaRecord): CodedError {
  return new CodedError(code, message, { topic, partition, offset })
}
