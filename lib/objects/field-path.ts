import { shortDigest } from '../digest.ts'
import { exactInteger, parseJson } from '../parse-json.ts'
import type { KafkaRecord } from '../record.ts'
import { parseJsonPointer, resolveJsonPointer } from './json-pointer.ts'
import type { Partitioner } from './partitioner.ts'
import { encodeSegment, SEGMENT_PATTERN } from './segment.ts'

/** The place in a record that decides its folder: a header, or a member of its JSON value. */
export type Field = { header: string } | { pointer: string[] }

const HEADER_PREFIX = 'header:'

/** Parses `header:<name>`, or a JSON pointer into the value; undefined for any other text. */
export function parseField(text: string): Field | undefined {
  if (text.startsWith(HEADER_PREFIX)) {
    const header = text.slice(HEADER_PREFIX.length)
    return header === '' ? undefined : { header }
  }
  const pointer = parseJsonPointer(text)
  return pointer?.at(-1) ? { pointer } : undefined
}

/** Bytes of a folder's value. A key has room for 1,024, of which topics take up to twice 249. */
const MAX_VALUE = 200
const DIGEST_DIGITS = 16

/**
 * Folders `<name>=<value>` by a field of the record. The name is that of the header, or the last one of the pointer. Records
 * go to the fallback's folder if the field is missing, null, an object or an array, or is sought in a value that is not JSON.
 */
export function fieldPartitioner(field: Field, fallback: string): Partitioner {
  const column = 'header' in field ? field.header : (field.pointer.at(-1) as string)
  const name = encodeSegment(column)
  const fieldOf = 'header' in field ? headerOf(field.header) : memberOf(field.pointer)
  return {
    pathOf: record => `${name}=${folderValue(fieldOf(record) ?? fallback)}`,
    pattern: `${RegExp.escape(`${name}=`)}${SEGMENT_PATTERN}*(?:~[0-9a-f]{${DIGEST_DIGITS}})?`,
    longestPath: name.length + 1 + MAX_VALUE,
    columns: [column],
    readsValues: 'pointer' in field,
  }
}

/** The last header of that name, as Kafka's own `lastHeader` reads it. */
function headerOf(name: string) {
  return ({ headers }: KafkaRecord) => headers.findLast(({ key }) => key === name)?.value ?? undefined
}

function memberOf(pointer: string[]) {
  return ({ value }: KafkaRecord) => {
    if (value === null) return undefined
    const text = value.toString().replace(BYTE_ORDER_MARK, '')
    const member = resolveJsonPointer(parseJson(text), pointer)
    // Rare, and it takes a while: reading numbers as they are written.
    if (typeof member === 'number' && Number.isInteger(member) && !Number.isSafeInteger(member)) {
      return String(resolveJsonPointer(parseJson(text, exactInteger), pointer))
    }
    return ['string', 'number', 'boolean'].includes(typeof member) ? String(member) : undefined
  }
}

/** Windows and .NET write one before JSON. */
const BYTE_ORDER_MARK = /^\uFEFF/

/** The value as part of the key. A long one is cut at a character boundary, and a digest keeps it apart from others. */
function folderValue(value: string | Buffer): string {
  const encoded = encodeSegment(value)
  if (encoded.length <= MAX_VALUE) return encoded
  const digest = shortDigest(value, DIGEST_DIGITS)
  const start = encoded.slice(0, MAX_VALUE - DIGEST_DIGITS - 1).replace(/(%[C-F].(%[89AB].)*)?(%.?)?$/, '')
  return `${start}~${digest}`
}
