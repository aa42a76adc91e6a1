import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { OffsetRuns, StagedFrame } from '../staging/staged-object.ts'
import type { CommittedReader } from './committed-reading.ts'

/** An object in which records are looked for. */
export interface CommittedSource {
  key: string
  form: FormatSettings
  /** Whether its form is exactly that of the records. Otherwise options of the format may differ. */
  isSameForm: boolean
  /** Those of the records that it has, if it isn't of a dump that left some out. */
  offsets: OffsetRuns
  /** Between which its records' timestamps lie. */
  times: [least: number, greatest: number]
}

/** Records that are looked for in objects, each until it is found. */
export interface Sought {
  form: FormatSettings
  partition: number
  path?: string
  /** Where they are staged. */
  frame: StagedFrame
  /** By their offsets, ascending. */
  records: Map<number, StoredRecord>
}

/** Whether objects of a format tell the offsets of their records. */
export const keepsOffsets = (form: FormatSettings) => formats[form.format].holdsValueObjects

/**
 * Looks for records in an object by their offsets, and takes those that it finds from `sought`.
 *
 * @returns false when the object has another record at one of these offsets
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function findRecords(sought: Sought, source: CommittedSource, reader: CommittedReader): Promise<boolean> {
  let differs = false
  await reader.read(source.key, source.form, records => {
    for (const record of records) {
      const own = record.partition === sought.partition ? sought.records.get(record.offset) : undefined
      if (!own) continue
      if (isSame(own, record, source.isSameForm)) sought.records.delete(record.offset)
      else differs = true
    }
    return differs || sought.records.size === 0
  })
  return !differs
}

/** Whether two records are the same, as far as their objects hold it. */
export function isSame(one: StoredRecord, other: StoredRecord, isSameForm: boolean): boolean {
  const isBody = isSameBytes(one.value, other.value) && one.timestamp === other.timestamp
  const isReference = one.valueObject === other.valueObject
  const isKey = isSameBytes(one.key, other.key) || (!isSameForm && (one.key === null || other.key === null))
  const lacksHeaders = one.headers.length === 0 || other.headers.length === 0
  return isBody && isReference && isKey && ((!isSameForm && lacksHeaders) || hasSameHeaders(one, other))
}

function hasSameHeaders({ headers: one }: StoredRecord, { headers: other }: StoredRecord): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, value }, index) => {
      const header = other[index]
      return key === header?.key && isSameBytes(value, header.value)
    })
  )
}

function isSameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}
