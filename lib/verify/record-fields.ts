import type { KafkaRecord, RecordHeader } from '../record.ts'
import type { DigestedRecord } from '../record-digest.ts'

/** What is compared of a record. Topic, partition and offset say which records are compared. */
export const recordFields = ['timestamp', 'key', 'value', 'headers'] as const
export type RecordField = (typeof recordFields)[number]

/** What a comparison looks at. */
export interface Compared {
  fields: readonly RecordField[]
  /** Whether headers count that this project has added on the way: those that begin with `kafka-functions.`. */
  addedHeaders: boolean
}

/** The beginning of the names of headers that this project adds to records that it produces. */
const ADDED_HEADER = 'kafka-functions.'

const NO_HEADERS: readonly RecordHeader[] = []

/** Whether two records are the same, as far as they are compared. */
export function isSame(one: KafkaRecord, other: KafkaRecord, compared: Compared): boolean {
  return compared.fields.every(field => sameField[field](one, other, compared))
}

/** The compared fields in which two records differ. */
export function differingFields(one: KafkaRecord, other: KafkaRecord, compared: Compared): RecordField[] {
  return compared.fields.filter(field => !sameField[field](one, other, compared))
}

/** What a digest is made of: fields that aren't compared are the same for all records. */
export function digestedPart(record: KafkaRecord, compared: Compared): DigestedRecord {
  const has = (field: RecordField) => compared.fields.includes(field)
  return {
    timestamp: has('timestamp') ? record.timestamp : -1,
    key: has('key') ? record.key : null,
    value: has('value') ? record.value : null,
    headers: has('headers') ? headersOf(record, compared) : NO_HEADERS,
  }
}

const sameField: Record<RecordField, (one: KafkaRecord, other: KafkaRecord, compared: Compared) => boolean> = {
  timestamp: (one, other) => one.timestamp === other.timestamp,
  key: (one, other) => sameBytes(one.key, other.key),
  value: (one, other) => sameBytes(one.value, other.value),
  headers(one, other, compared) {
    if (one.headers.length === 0 && other.headers.length === 0) return true
    const [some, others] = [headersOf(one, compared), headersOf(other, compared)]
    const isOther = ({ key, value }: RecordHeader, index: number) =>
      key !== others[index]?.key || !sameBytes(value, others[index].value)
    return some.length === others.length && !some.some(isOther)
  },
}

function sameBytes(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}

function headersOf({ headers }: KafkaRecord, { addedHeaders }: Compared): readonly RecordHeader[] {
  if (addedHeaders || headers.length === 0) return headers
  return headers.filter(({ key }) => !key.startsWith(ADDED_HEADER))
}
