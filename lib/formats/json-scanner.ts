import type { RecordHeader } from '../record.ts'
import type { StoredRecord } from './format.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const CLOSING_BRACE = 0x7d
const CLOSING_BRACKET = 0x5d

/** The byte for the character after a backslash; 0 for characters that JSON does not escape. Source: RFC 8259, section 7. */
const escapes = new Uint8Array(256)
for (const [letter, byte] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}))
  escapes[letter.charCodeAt(0)] = byte.charCodeAt(0)

/** Hexadecimal digits behind a backslash and `u`. */
const DIGITS = 4

const literal = (text: string) => Buffer.from(text, 'latin1')
const texts = {
  headers: literal('{"headers":['),
  firstKey: literal('{"key":'),
  key: literal(',"key":'),
  keyEncoding: literal(',"keyEncoding":"base64"'),
  offset: literal(',"offset":'),
  overflow: literal(',"overflowFlag":true'),
  partition: literal(',"partition":'),
  timestamp: literal(',"timestamp":'),
  topic: literal(',"topic":'),
  value: literal(',"value":'),
  valueEncoding: literal(',"valueEncoding":"base64"'),
  valueObject: literal(',"valueObject":'),
  valueSize: literal(',"valueSize":'),
  headerKey: literal('{"key":'),
  null: literal('null'),
}

/** A text that comes record after record, with the bytes that it was. */
interface KnownText {
  bytes: Buffer
  text: string
}

/** Is found nowhere. */
const NO_TEXT: KnownText = { bytes: Buffer.from([0]), text: '' }

const NO_HEADERS: readonly RecordHeader[] = []

/**
 * Reads records of JSON straight from bytes, if they are written as `json-record.ts` does: fields in alphabetical order, without
 * blanks, values as strings. `JSON.parse` would make objects and strings first, which takes nearly twice the time.
 */
export class JsonScanner {
  /** Where the next record begins, or, if it can't be read, where that became clear. */
  at = 0
  #bytes: Buffer = Buffer.alloc(0)
  /** Where strings are written, without their escapes. */
  #slab: Buffer = Buffer.alloc(0)
  #used = 0
  #topic: KnownText = NO_TEXT
  readonly #names: KnownText[] = []

  /** @param at where the first record begins */
  begin(bytes: Buffer, at: number): void {
    this.at = at
    this.#bytes = bytes
    this.#slab = Buffer.allocUnsafeSlow(bytes.length - at)
    this.#used = 0
  }

  /** The record that begins here. Undefined when it isn't written as expected, or the bytes end before: `at` is their end then. */
  record(): StoredRecord | undefined {
    const headers = this.#headers()
    const key = headers && this.#content(texts.keyEncoding)
    if (key === undefined) return undefined
    const offset = this.#number(texts.offset)
    this.#has(texts.overflow)
    const partition = this.#number(texts.partition)
    const timestamp = this.#number(texts.timestamp)
    if (offset === undefined || partition === undefined || timestamp === undefined) return undefined
    if (!this.#take(texts.topic)) return undefined
    this.#topic = this.#text(this.#topic)
    const topic = this.#topic.text
    const value = this.#take(texts.value) ? this.#content(texts.valueEncoding) : undefined
    if (value === undefined || !headers) return undefined
    const record = { topic, partition, offset, timestamp, key, value, headers }
    return this.#isNext(CLOSING_BRACE) ? record : this.#withLargeValue(record)
  }

  #withLargeValue(record: StoredRecord): StoredRecord | undefined {
    if (this.#has(texts.valueObject)) {
      const name = this.#string()
      if (!name) return undefined
      record.valueObject = name.toString()
    }
    if (this.#bytes[this.at] === COMMA) {
      const size = this.#number(texts.valueSize)
      if (size === undefined) return undefined
      record.valueSize = size
    }
    return this.#isNext(CLOSING_BRACE) ? record : undefined
  }

  /** Up to the key. */
  #headers(): readonly RecordHeader[] | undefined {
    if (!this.#has(texts.headers)) return this.#take(texts.firstKey) ? NO_HEADERS : undefined
    const headers: RecordHeader[] = []
    while (!this.#isNext(CLOSING_BRACKET)) {
      if (headers.length > 0 && !this.#isNext(COMMA)) return undefined
      const header = this.#header(headers.length)
      if (!header) return undefined
      headers.push(header)
    }
    return this.#take(texts.key) ? (headers.length === 0 ? NO_HEADERS : headers) : undefined
  }

  #header(index: number): RecordHeader | undefined {
    if (!this.#take(texts.headerKey)) return undefined
    const name = this.#text(this.#names[index] ?? NO_TEXT)
    this.#names[index] = name
    if (!this.#take(texts.value)) return undefined
    const value = this.#content(texts.valueEncoding)
    return value !== undefined && this.#isNext(CLOSING_BRACE) ? { key: name.text, value } : undefined
  }

  /** A text; mostly it is the one that stood here before. */
  #text(known: KnownText): KnownText {
    if (this.#has(known.bytes)) return known
    const start = this.at
    const text = this.#string()
    return text ? { bytes: Buffer.from(this.#bytes.subarray(start, this.at)), text: text.toString() } : NO_TEXT
  }

  /** The bytes of a key or value; undefined when it is none. @param encoding the field that says that they are base64 */
  #content(encoding: Buffer): Buffer | null | undefined {
    if (this.#bytes[this.at] !== QUOTE) return this.#take(texts.null) ? null : undefined
    const bytes = this.#string()
    return bytes && this.#has(encoding) ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes
  }

  /**
   * The bytes of a string, copied into the slab: those that are read can be freed at once then. This and what it calls never read behind
   * the end: the loops would be compiled for bytes that may be undefined, and take four times as long.
   */
  #string(): Buffer | undefined {
    if (!this.#isNext(QUOTE)) return undefined
    const bytes = this.#bytes
    const end = bytes.length
    const start = this.at
    let index = start
    while (index < end) {
      const byte = bytes[index] as number
      if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break
      index++
    }
    this.at = index
    if (index === end) return undefined
    if (bytes[index] === BACKSLASH) return this.#escaped(start)
    if (bytes[index] !== QUOTE) return undefined
    this.at = index + 1
    return this.#copied(start, index)
  }

  #copied(start: number, end: number): Buffer {
    const first = this.#used
    this.#used += this.#bytes.copy(this.#slab, first, start, end)
    return this.#slab.subarray(first, this.#used)
  }

  #escaped(start: number): Buffer | undefined {
    const bytes = this.#bytes
    const slab = this.#slab
    const end = bytes.length
    const first = this.#used
    let used = first
    let index = start
    while (index < end) {
      let byte = bytes[index++] as number
      // Most letters: one comparison instead of three.
      if (byte > BACKSLASH) {
        slab[used++] = byte
        continue
      }
      if (byte === QUOTE) {
        this.at = index
        this.#used = used
        return slab.subarray(first, used)
      }
      if (byte < SPACE) {
        this.at = index - 1
        return undefined
      }
      if (byte === BACKSLASH) {
        if (index === end) break
        byte = escapes[bytes[index++] as number] as number
        if (byte === 0) {
          const character = this.#character(index - 1)
          if (character === undefined) return undefined
          byte = character
          index += DIGITS
        }
      }
      slab[used++] = byte
    }
    this.at = end
    return undefined
  }

  /** The character of ASCII that is written as `u` and four digits; undefined for any other, which is more than one byte. */
  #character(start: number): number | undefined {
    const end = start + 1 + DIGITS
    this.at = Math.min(end, this.#bytes.length)
    if (end > this.#bytes.length) return undefined
    this.at = start
    const digits = /^u00([0-7][\da-f])$/i.exec(this.#bytes.toString('latin1', start, end))?.[1]
    return digits === undefined ? undefined : Number.parseInt(digits, 16)
  }

  /** The whole number behind a text; undefined when there is none. */
  #number(before: Buffer): number | undefined {
    if (!this.#take(before)) return undefined
    const isNegative = this.#isNext(MINUS)
    const bytes = this.#bytes
    const end = bytes.length
    let number = 0
    let index = this.at
    for (; index < end; index++) {
      const digit = bytes[index] as number
      if (digit < ZERO || digit > NINE) break
      number = number * 10 + (digit - ZERO)
    }
    if (index === this.at) return undefined
    this.at = index
    return isNegative ? -number : number
  }

  #isNext(byte: number): boolean {
    if (this.at === this.#bytes.length || this.#bytes[this.at] !== byte) return false
    this.at += 1
    return true
  }

  /** Continues behind the text if it is here, and to the end of the bytes if they end within it. */
  #has(text: Buffer): boolean {
    const start = this.at
    if (this.#take(text)) return true
    if (this.at < this.#bytes.length) this.at = start
    return false
  }

  /** Continues behind the text, or up to the first byte that isn't the text's. */
  #take(text: Buffer): boolean {
    const bytes = this.#bytes
    const start = this.at
    const most = Math.min(text.length, bytes.length - start)
    let same = 0
    while (same < most && bytes[start + same] === text[same]) same++
    this.at = start + same
    return same === text.length
  }
}
