import { isUtf8 } from 'node:buffer'
import { styleText } from 'node:util'
import type { KafkaRecord } from '../lib/record.ts'

/** Characters that a terminal acts on instead of showing them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

const ESCAPED = { '\n': '\\n', '\r': '\\r', '\t': '\\t' } as Record<string, string>

/** The most bytes of a key, value or header that are shown. */
const MOST_BYTES = 10_000

/** A record in one line for a person: where and when it is, key, value and headers. */
export function shownRecord({ partition, offset, timestamp, key, value, headers }: KafkaRecord): string {
  const time = timestamp < 0 ? 'no time' : new Date(timestamp).toISOString()
  const place = styleText('dim', `${partition}:${offset}  ${time}`)
  const shownHeaders = headers.map(header => `${shownText(header.key)}=${shownBytes(header.value, 'null')}`)
  const rest = shownHeaders.length > 0 ? styleText('dim', `  {${shownHeaders.join(', ')}}`) : ''
  return `${place}  ${styleText('bold', shownBytes(key, 'no key'))}  ${shownBytes(value, 'tombstone')}${rest}`
}

/** Text as it is, other bytes as hexadecimal digits; what is not there, and what is empty, in brackets. */
function shownBytes(bytes: Buffer | null, absent: string): string {
  if (bytes === null) return `[${absent}]`
  if (bytes.length === 0) return '[empty]'
  const shown = bytes.subarray(0, MOST_BYTES)
  const rest = bytes.length > MOST_BYTES ? ` … (${bytes.length} bytes)` : ''
  // A character may be cut at the end, so all bytes decide.
  return isUtf8(bytes) ? shownText(shown.toString()) + rest : `[${bytes.length} bytes] ${shown.toString('hex')}`
}

function shownText(text: string): string {
  return text.replace(
    CONTROL,
    character => ESCAPED[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
