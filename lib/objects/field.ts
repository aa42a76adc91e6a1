import { exactInteger, parseJson } from '../parse-json.ts'
import type { KafkaRecord } from '../record.ts'
import { parseJsonPointer, resolveJsonPointer } from './json-pointer.ts'

/** A place in a record: its key, a header, or a member of its JSON value. */
export type Field = 'key' | { header: string } | { pointer: string[] }

const HEADER_PREFIX = 'header:'

/** Parses `key`, `header:<name>`, or a JSON pointer into the value; undefined for any other text. */
export function parseField(text: string): Field | undefined {
  if (text === 'key') return 'key'
  if (text.startsWith(HEADER_PREFIX)) {
    const header = text.slice(HEADER_PREFIX.length)
    return header === '' ? undefined : { header }
  }
  const pointer = parseJsonPointer(text)
  return pointer?.at(-1) ? { pointer } : undefined
}

/** The field's own name: that of the header, or the last one of the pointer. */
export function nameOf(field: Field): string {
  if (field === 'key') return 'key'
  return 'header' in field ? field.header : (field.pointer.at(-1) as string)
}

export function isInValue(field: Field): boolean {
  return field !== 'key' && 'pointer' in field
}

/** Reads a field of a record: bytes of the key or a header, a text, or what another scalar of JSON is as text. */
export type FieldReader = (record: KafkaRecord) => Buffer | string | undefined

/**
 * A reader of the field. It returns undefined if the field is missing, null, an object or an array, or is sought in a value
 * that is not JSON.
 */
export function fieldReader(field: Field): FieldReader {
  if (field === 'key') return ({ key }) => key ?? undefined
  return 'header' in field ? headerOf(field.header) : memberOf(field.pointer)
}

/** The last header of that name, as Kafka's own `lastHeader` reads it. */
function headerOf(name: string): FieldReader {
  return ({ headers }) => headers.findLast(({ key }) => key === name)?.value ?? undefined
}

function memberOf(pointer: string[]): FieldReader {
  return ({ value }) => {
    if (value === null) return undefined
    const json = parsed(value)
    const member = resolveJsonPointer(json.value, pointer)
    // Rare, and it takes a while: reading numbers as they are written.
    if (typeof member === 'number' && Number.isInteger(member) && !Number.isSafeInteger(member)) {
      return String(resolveJsonPointer(parseJson(json.text, exactInteger), pointer))
    }
    return ['string', 'number', 'boolean'].includes(typeof member) ? String(member) : undefined
  }
}

/** Windows and .NET write one before JSON. */
const BYTE_ORDER_MARK = /^\uFEFF/

/** The value that was parsed last, since several fields of one record are read one after the other. */
let last: { bytes: Buffer; text: string; value: unknown } | undefined

function parsed(bytes: Buffer): { text: string; value: unknown } {
  if (last?.bytes === bytes) return last
  const text = bytes.toString().replace(BYTE_ORDER_MARK, '')
  last = { bytes, text, value: parseJson(text) }
  return last
}
