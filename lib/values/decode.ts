import { AbnormalDataError } from '../delivery/abnormal-data.ts'
import type { FailedRecord } from '../delivery/dead-letter.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { KafkaRecord } from '../record.ts'
import type { ValueDecoder } from './value.ts'

/** Errors of a value, which comes again the same however often one tries. */
const abnormalData: ErrorCode[] = ['VALUE_UNDECODABLE', 'SCHEMA_UNKNOWN']

export interface DecodeOptions {
  /** Larger values stay as they are, because they won't be part of the object. Absent: there are none. */
  maxInlineValueBytes?: number
  includeValueSize: boolean
}

/**
 * The records with their values decoded. Each large value says its size, or every value where that is asked for.
 *
 * @throws AbnormalDataError of all records whose values are not what their format says
 * @throws CodedError of what is wrong beside the values
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
