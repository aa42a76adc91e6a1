import { setImmediate, setTimeout } from 'node:timers/promises'
import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { FailedRecord } from '../delivery/dead-letter.ts'
import { outOfTime } from '../delivery/trying.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { KafkaRecord } from '../record.ts'
import { type DecodedMemory, MOST_VALUE_BYTES } from './decoded-memory.ts'
import type { ValueDecoder, ValueRecord } from './value.ts'

/** Errors of the value itself or of its schema, which repeating does not change. */
const abnormalData: ErrorCode[] = ['VALUE_UNDECODABLE', 'VALUE_TOO_LARGE', 'SCHEMA_UNKNOWN', 'SCHEMA_INVALID']

/** Bytes that are decoded at a stretch, in about a tenth of a second. Then timers run, and the end of the time is noticed. */
const STRETCH_BYTES = 8 * 2 ** 20

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
 * The first records with decoded values: all of them, or as many as the memory holds. Where they end depends only on the values.
 * Large values get their size, or all values when `includeValueSize` is set.
 *
 * A value whose schema may still come to be known is decoded again after a pause, all such values together: a registry that lags
 * must not turn them into abnormal data. The decoder knows for how long, and each schema is waited for only once.
 *
 * @param records at least one
 * @throws AbnormalDataError with those of the first records whose values do not match their format
 * @throws CodedError for problems other than values, such as a registry that is unavailable, or `OUT_OF_TIME`
 */
export async function decodeValues(
  records: KafkaRecord[],
  decode: ValueDecoder | undefined,
  options: DecodeOptions,
  memory: DecodedMemory,
  signal?: AbortSignal,
): Promise<StoredRecord[]> {
  const decodeOne = decoderOf(decode, options, signal)
  const results: Decoded[] = []
  const hold = holderIn(memory, results, signal)
  let stretch = 0
  let pending = Array.from(records.keys())
  do {
    await decode?.prepare?.(pending.map(index => records[index]).filter(isDecoded(options)), signal)
    for (const index of pending) {
      // Given up for a value before it.
      if (index > results.length) break
      const record = records[index] as KafkaRecord
      const decoded = decodeOne(record)
      const result = decoded instanceof Promise ? await decoded : decoded
      const held = hold(index, result, sizeOf(result, record))
      if (!(held instanceof Promise ? await inTime(held, record) : held)) break
      stretch += workOf(result, record)
      if (stretch < STRETCH_BYTES) continue
      stretch = 0
      await letOthersRun(record, signal)
    }
    pending = pending.filter(index => (results[index] as Partial<CodedError> | undefined)?.retryable)
    // The registry may still come to know the schema, so this must not become abnormal data: the batch is delivered again.
    if (pending.length > 0 && !(await pause(signal))) throw outOfTime(records[0] as KafkaRecord)
  } while (pending.length > 0)
  return storable(results, records, options)
}

/**
 * Keeps results in a batch's memory. A value for which there is none ends the results there. Values after it give theirs up
 * first: they may have been decoded before it, when its schema was not known yet.
 */
function holderIn(memory: DecodedMemory, results: Decoded[], signal?: AbortSignal) {
  const sizes: number[] = []
  return (index: number, result: Decoded, size: number): boolean | Promise<boolean> => {
    results[index] = result
    if (size === 0) return true
    let isTaken = memory.take(size, signal)
    while (isTaken === false && results.length > index + 1) {
      results.pop()
      memory.give(sizes[results.length] ?? 0)
      isTaken = memory.take(size, signal)
    }
    if (isTaken === false) results.pop()
    else sizes[index] = size
    return isTaken
  }
}

/** @throws AbnormalDataError */
function storable(results: Decoded[], records: KafkaRecord[], options: DecodeOptions): StoredRecord[] {
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
 * Decodes one value. What is decoded at once is returned at once: waiting for each of ten thousand values takes longer than
 * checking a short one.
 */
function decoderOf(decode: ValueDecoder | undefined, options: DecodeOptions, signal?: AbortSignal) {
  const isDecodable = isDecoded(options)
  const stored = (record: ValueRecord, content: Buffer): StoredRecord => {
    const { value } = record
    const large = isLarge(record, options)
    const valueSize = large || options.includeValueSize ? value.length : undefined
    return large ? { ...record, value: content, valueSize, original: value } : { ...record, value: content, valueSize }
  }
  return (record: KafkaRecord): Decoded | Promise<Decoded> => {
    if (!decode || !isDecodable(record)) return undecoded(record, options)
    try {
      const content = decode(record, MOST_VALUE_BYTES, signal)
      return content instanceof Promise
        ? content.then(content => stored(record, content)).catch(abnormal)
        : stored(record, content)
    } catch (error) {
      return abnormal(error)
    }
  }
}

/** Bytes that are kept for a result. JSON is not copied. */
function sizeOf(result: Decoded, record: KafkaRecord): number {
  return result instanceof CodedError || result.value === record.value ? 0 : (result.value?.length ?? 0)
}

/** Bytes that were read or written. A value that fails may have been written up to the limit before. */
function workOf(result: Decoded, record: KafkaRecord): number {
  const isFailed = result instanceof CodedError && result.code.startsWith('VALUE')
  return isFailed ? MOST_VALUE_BYTES : (record.value?.length ?? 0) + sizeOf(result, record)
}

/** Waits for the batch's turn. @throws CodedError `OUT_OF_TIME` */
function inTime(held: Promise<boolean>, record: KafkaRecord): Promise<boolean> {
  return held.catch(() => {
    throw outOfTime(record)
  })
}

/** @throws CodedError `OUT_OF_TIME` */
async function letOthersRun(record: KafkaRecord, signal?: AbortSignal): Promise<void> {
  await setImmediate()
  if (signal?.aborted) throw outOfTime(record)
}

function isDecoded(options: DecodeOptions) {
  return (record: KafkaRecord | undefined): record is ValueRecord =>
    record !== undefined && record.value !== null && (options.decodesLarge === true || !isLarge(record, options))
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
