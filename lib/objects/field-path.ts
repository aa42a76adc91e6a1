import { createHash } from 'node:crypto'
import type { KafkaRecord } from '../record.ts'
import { parseJsonPointer, resolveJsonPointer } from './json-pointer.ts'
import type { Partitioner } from './partitioner.ts'
import { encodeSegment, SEGMENT_PATTERN } from './segment.ts'

/** Where a record says which folder it belongs to. */
export type Field = { header: string } | { pointer: string[] }

const HEADER_PREFIX = 'header:'

/** Reads `/json/pointer` into the value, or `header:<name>`; undefined when it is neither. */
export function parseField(text: string): Field | undefined {
  if (text.startsWith(HEADER_PREFIX)) {
    const header = text.slice(HEADER_PREFIX.length)
    return header === '' ? undefined : { header }
  }
  const pointer = parseJsonPointer(text)
  return pointer?.at(-1) ? { pointer } : undefined
}

/** The column that query engines take the field's folders for: `country` of `country=DE`. */
export function fieldColumn(field: Field): string {
  return 'header' in field ? field.header : (field.pointer.at(-1) as string)
}

/** Bytes of a folder's value. A key has room for 1,024, and topics need twice 249. */
const MAX_VALUE = 200
const DIGEST_DIGITS = 16

/**
 * `<name>=<value>` by a field of the record: the last name of a pointer into its JSON value, or a header. A record without
 * it (no such field, null, an object or array, no JSON) goes to the fallback's folder.
 */
export function fieldPartitioner(field: Field, fallback: string): Partitioner {
  const name = encodeSegment(fieldColumn(field))
  const fieldOf = 'header' in field ? headerOf(field.header) : memberOf(field.pointer)
  return {
    pathOf: record => `${name}=${folderValue(fieldOf(record) ?? fallback)}`,
    pattern: `${RegExp.escape(`${name}=`)}${SEGMENT_PATTERN}*(?:~[0-9a-f]{${DIGEST_DIGITS}})?`,
    longestPath: name.length + 1 + MAX_VALUE,
  }
}

/** The last header of the name: where names repeat, Kafka's own `lastHeader` reads this one, too. */
function headerOf(name: string) {
  return ({ headers }: KafkaRecord) => headers.findLast(({ key }) => key === name)?.value ?? undefined
}

function memberOf(pointer: string[]) {
  return ({ value }: KafkaRecord) => {
    if (value === null) return undefined
    const member = resolveJsonPointer(parseJson(value.toString()), pointer)
    return ['string', 'number', 'boolean'].includes(typeof member) ? String(member) : undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The value as it stands in the key. One that is too long is cut, at a whole character, and its digest tells it from others. */
function folderValue(value: string | Buffer): string {
  const encoded = encodeSegment(value)
  if (encoded.length <= MAX_VALUE) return encoded
  const digest = createHash('sha256').update(value).digest('hex').slice(0, DIGEST_DIGITS)
  const start = encoded.slice(0, MAX_VALUE - DIGEST_DIGITS - 1).replace(/(%[C-F].(%[89AB].)*)?(%.?)?$/, '')
  return `${start}~${digest}`
}
