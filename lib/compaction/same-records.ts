import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import { type CommittedReader, committedText } from './committed-reading.ts'
import type { Compaction } from './compaction.ts'

/** An object in which records are looked for. */
export interface CommittedSource {
  key: string
  form: FormatSettings
  /** Whether its form is exactly that of the records. Otherwise options of the format may differ. */
  isSameForm: boolean
}

/** Records that are looked for in objects, each until it is found. */
export interface Sought {
  form: FormatSettings
  /** By their offsets, ascending. */
  records: Map<number, StoredRecord>
  partition: number
}

/**
 * Looks for records in an object, and takes those that it finds from `sought`.
 *
 * @returns false when the object has another record at one of these offsets
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function findRecords(
  sought: Sought,
  source: CommittedSource,
  reader: CommittedReader,
  compaction: Compaction,
): Promise<boolean> {
  const keepsOffsets = (form: FormatSettings) => formats[form.format].holdsValueObjects
  if (keepsOffsets(sought.form) && keepsOffsets(source.form)) return await findByOffset(sought, source, reader)
  // Nothing can be said of lines that were made in another way, nor is anything found.
  if (source.form.format === sought.form.format) await findLines(sought, source, compaction)
  return true
}

async function findByOffset(sought: Sought, source: CommittedSource, reader: CommittedReader): Promise<boolean> {
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

/**
 * Looks for the lines of records one after the other. Nothing else can be done where an object keeps no offsets: a record with
 * another value is found out, unless its line is that of another record behind the ones before.
 */
async function findLines(sought: Sought, source: CommittedSource, compaction: Compaction): Promise<void> {
  const { joining } = await formats[sought.form.format].load()
  const plain = { ...sought.form, compression: 'none' as const }
  const lines = sought.records.values()[Symbol.iterator]()
  let next = lines.next()
  let line = next.value && (await joining.frame([next.value], plain))
  let rest = Buffer.alloc(0)
  for await (const chunk of committedText(source.key, source.form, compaction)) {
    rest = Buffer.concat([rest, chunk])
    while (next.value && line) {
      const found = rest.indexOf(line)
      if (found === -1) break
      rest = rest.subarray(found + line.length)
      sought.records.delete(next.value.offset)
      next = lines.next()
      line = next.value && (await joining.frame([next.value], plain))
    }
    if (!line) return
    // A line may begin in this chunk and end in the next.
    rest = rest.subarray(Math.max(0, rest.length - line.length))
  }
}
