import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { FailedRecord } from '../delivery/dead-letter.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { KafkaRecord } from '../record.ts'
import type { ValueDecoder } from './value.ts'

/** Errors in the value itself, which repeating does not change. */
const abnormalData: ErrorCode[] = ['VALUE_UNDECODABLE', 'SCHEMA_UNKNOWN']

export interface DecodeOptions {
  /** Larger values are not decoded, because they become separate objects. Absent: no limit. */
  maxInlineValueBytes?: number
  includeValueSize: boolean
}

/**
 * The records with decoded values. Large values get their size, or all values when `includeValueSize` is set.
 *
 * @throws AbnormalDataError with all records whose values do not match their format
 * @throws CodedError for problems other than values, such as a registry that is unavailable
 */
export async function decodeValues(
  records: KafkaRecord[],
  decode: ValueDecoder | undefined,
  { maxInlineValueBytes = Number.POSITIVE_INFINITY, includeValueSize }: DecodeOptions,
  signal?: AbortSignal,
): Promise<StoredRecord[]> {
  const decoded: StoredRecord[] = []
  const failed: FailedRecord[] = []
  for (const record of records) {
    const { value } = record
    const size = value?.length ?? 0
    const isLarge = size > maxInlineValueBytes
    try {
      const content = value && decode && !isLarge ? await decode({ ...record, value }, signal) : value
      decoded.push({ ...record, value: content, valueSize: isLarge || includeValueSize ? size : undefined })
    } catch (error) {
      failed.push({ record, error: abnormal(error, record) })
    }
  }
  if (failed.length > 0) throw new AbnormalDataError(failed)
  return decoded
}

function abnormal(error: unknown, { topic, partition, offset }: KafkaRecord): CodedError {
  if (!(error instanceof CodedError) || !abnormalData.includes(error.code)) throw error
  return new CodedError(error.code, error.message, { topic, partition, offset })
}
