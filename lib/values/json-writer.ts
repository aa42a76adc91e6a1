import { jsonTooLarge } from './value-error.ts'

/** Bytes that the writer begins with. Most values are smaller. */
const FIRST_BYTES = 64 * 1024

/** Bytes of text that are escaped at once. */
const SLICE_BYTES = 64 * 1024

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Writes JSON as UTF-8, byte by byte. A value's memory is then its bytes: a few bytes of Avro can stand for millions of items,
 * whose text in parts would take ten times as much. One writer is used for many values.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #length = 0
  #limit = 0

  /** Begins a value of at most so many bytes. */
  begin(limit: number): void {
    this.#length = 0
    this.#limit = limit
  }

  /** The bytes of the value, in memory of its own. */
  end(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#length))
    // One large value doesn't keep its memory for the small ones that follow.
    if (this.#bytes.length > 16 * FIRST_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
    return bytes
  }

  /** Writes text of ASCII characters as it is. */
  ascii(text: string): void {
    const { length } = text
    this.#reserve(length)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i)
    this.#length = at
  }

  /** Writes text of JSON in UTF-8. */
  json(bytes: Buffer): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Writes a part of a buffer, text in UTF-8, as a string. */
  string(bytes: Buffer, start: number, end: number): void {
    this.#reserve(end - start + 2)
    const target = this.#bytes
    let at = this.#length
    target[at++] = QUOTE
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number
      if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) {
        // Escapes, characters beyond ASCII, or bytes that are no text and become U+FFFD.
        this.#escaped(bytes, start, end)
        return
      }
      target[at++] = byte
    }
    target[at++] = QUOTE
    this.#length = at
  }

  /** In slices, whose text takes several times as much memory. */
  #escaped(bytes: Buffer, start: number, end: number): void {
    this.ascii('"')
    for (let at = start; at < end; ) {
      const next = sliceEnd(bytes, at, end)
      this.json(Buffer.from(JSON.stringify(bytes.toString('utf8', at, next)).slice(1, -1)))
      at = next
    }
    this.ascii('"')
  }

  /**
   * Fails when the value may not have so many bytes more.
   *
   * @throws TooLargeError
   */
  expect(more: number): void {
    if (this.#length + more > this.#limit) throw jsonTooLarge(this.#limit)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length && needed <= this.#limit) return
    this.expect(more)
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * this.#bytes.length, this.#limit)))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

/** Where a slice of text ends: not within a character, whose bytes after the first one, three at most, begin with the bits 10. */
function sliceEnd(bytes: Buffer, start: number, end: number): number {
  const most = start + SLICE_BYTES
  if (most >= end) return end
  for (let at = most; at > most - 4; at--) if (((bytes[at] as number) & 0xc0) !== 0x80) return at
  return most
}
