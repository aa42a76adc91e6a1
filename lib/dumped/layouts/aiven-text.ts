import { elementsOf } from '../../formats/json-elements.ts'
import type { RecordHeader } from '../../record.ts'
import { type AivenRecord, millisOf } from './aiven-record.ts'
import { bytesOfBase64, bytesOfJson, itemsOf, membersOf } from './json-text.ts'
import { type LayoutSettings, type OutputField, outputFields } from './settings.ts'
import { linesOf } from './text-lines.ts'

type Chunks = AsyncIterable<Buffer>

/** A JSON text for each record, in an array or in lines. Source: `AbstractJsonOutputStreamWriter` and its field builders. */
export async function* jsonRecords(chunks: Chunks, isArray: boolean, settings: LayoutSettings) {
  if (isArray) {
    for await (const array of elementsOf(chunks)) {
      JSON.parse(array)
      yield Array.from(itemsOf(array), item => jsonRecord(item.trim(), settings))
    }
    return
  }
  for await (const lines of linesOf(chunks)) {
    const texts = lines.map(line => line.toString().trim()).filter(text => text !== '')
    for (const text of texts) JSON.parse(text)
    yield texts.map(text => jsonRecord(text, settings))
  }
}

/** @param text valid JSON */
function jsonRecord(text: string, { base64 = [], envelope = true }: LayoutSettings): AivenRecord {
  if (!envelope) return { value: bytesOfJson(text, base64.includes('value')) }
  if (!text.startsWith('{')) throw new Error('a record has no envelope: restore it with `envelope: false`')
  const members = membersOf(text)
  for (const name of members.keys()) {
    if (!outputFields.some(field => field === name)) {
      throw new Error('a record has other fields than those of the envelope: restore it with `envelope: false`')
    }
  }
  const bytes = (name: 'key' | 'value') => bytesOfJson(members.get(name) ?? 'null', base64.includes(name))
  const [offset, timestamp, headers] = [members.get('offset'), members.get('timestamp'), members.get('headers')]
  return {
    key: bytes('key'),
    value: bytes('value'),
    ...(offset && { offset: wholeNumber(offset) }),
    ...(timestamp && timestamp !== 'null' && { timestamp: millisOf(textOf(timestamp)) }),
    ...(headers && headers !== 'null' && { headers: jsonHeaders(headers, base64.includes('headers')) }),
  }
}

function jsonHeaders(text: string, isBase64: boolean): RecordHeader[] {
  return Array.from(itemsOf(text), item => {
    const members = membersOf(item)
    return {
      key: textOf(members.get('key') ?? ''),
      value: bytesOfJson(members.get('value') ?? 'null', isBase64),
    }
  })
}

/** @param text valid JSON */
function textOf(text: string): string {
  if (!text.startsWith('"')) throw new Error('a timestamp or a name of a header is no string')
  return JSON.parse(text)
}

/** Source: the sink's default of `format.output.fields`. */
const DEFAULT_FIELDS: readonly OutputField[] = ['value']

/**
 * Fields with commas between, a record in each line. It is not CSV as others know it: nothing is quoted, keys and headers are
 * always base64, and so are values unless their encoding is `none`. So a value may have commas, but no newline. Source:
 * `PlainOutputStreamWriter` and its field writers.
 */
export async function* csvRecords(chunks: Chunks, { fields = DEFAULT_FIELDS, base64 = ['value'] }: LayoutSettings) {
  const isBase64 = base64.includes('value')
  const before = fields.includes('value') ? fields.indexOf('value') : fields.length
  for await (const lines of linesOf(chunks)) {
    yield lines.map(line => csvRecord(partsOf(line.toString('latin1'), before, fields.length), fields, isBase64))
  }
}

/** The value's part is what the others leave. */
function partsOf(line: string, before: number, count: number): string[] {
  const parts = line.split(',')
  if (parts.length < count) throw new Error('a line has too few fields: check `fields`, or a value has a newline')
  const behind = count - before - 1
  if (behind < 0) return parts
  const value = parts.slice(before, parts.length - behind).join(',')
  return [...parts.slice(0, before), value, ...parts.slice(parts.length - behind)]
}

function csvRecord(parts: string[], fields: readonly OutputField[], isBase64: boolean): AivenRecord {
  if (parts.length > fields.length) throw new Error('a line has too many fields: check `fields`')
  const record: AivenRecord = {}
  for (const [index, field] of fields.entries()) {
    const part = parts[index] as string
    if (field === 'headers') record.headers = csvHeaders(part)
    else if (field === 'key') record.key = part === '' ? null : bytesOfBase64(part)
    else if (field === 'value') record.value = csvValue(part, isBase64)
    else if (part !== '') record[field] = wholeNumber(part)
  }
  return record
}

/** An empty value looks like none. The sink's README calls it null. */
function csvValue(part: string, isBase64: boolean): Buffer | null {
  if (part === '') return null
  return isBase64 ? bytesOfBase64(part) : Buffer.from(part, 'latin1')
}

/** `name:value;` for each, both in base64. */
function csvHeaders(part: string): RecordHeader[] {
  const headers = part.split(';')
  if (headers.pop() !== '') throw new Error('a list of headers is cut off: check `fields`')
  return headers.map(header => {
    const [key = '', value] = header.split(':')
    if (value === undefined) throw new Error('a header has no value: check `fields`')
    return { key: bytesOfBase64(key).toString(), value: bytesOfBase64(value) }
  })
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new Error('an offset or timestamp is no whole number')
  }
  return number
}
