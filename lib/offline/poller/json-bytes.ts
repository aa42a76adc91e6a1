/** Bytes of JSON text that is ASCII, to be written often. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

/** Shorter bytes are encoded here, because a call of the native encoder costs more than they do. */
const NATIVE_BYTES = 48
const ALPHABET = asciiBytes('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const [ZERO, MINUS] = asciiBytes('0-') as unknown as [number, number]
const TEN_DIGITS = 1e9

/**
 * JSON that is written into memory of a known size, one piece behind the other. Pieces of some bytes are copied here: a call of a
 * native method, or a text that becomes garbage, costs more than the bytes do.
 */
export class JsonBytes {
  readonly buffer: Buffer
  /** How many bytes are written. */
  length = 0

  /** In memory of its own. */
  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  /** Some bytes as they are. */
  bytes(bytes: Uint8Array): void {
    const { buffer, length } = this
    for (let index = 0; index < bytes.length; index++) buffer[length + index] = bytes[index] as number
    this.length = length + bytes.length
  }

  /** Any text. */
  text(text: string): void {
    this.length += this.buffer.write(text, this.length)
  }

  /** A whole number, as `JSON.stringify` writes it up to 2^63. */
  integer(number: number): void {
    if (!Number.isSafeInteger(number)) {
      this.text(String(number))
      return
    }
    if (number < 0) this.buffer[this.length++] = MINUS
    const rest = Math.abs(number)
    const high = Math.floor(rest / TEN_DIGITS)
    if (high > 0) this.#digits(high, digitsOf(high))
    this.#digits(rest - high * TEN_DIGITS, high > 0 ? 9 : digitsOf(rest))
  }

  /** So many digits of a number below 2^31, with zeros before them. */
  #digits(number: number, digits: number): void {
    let rest = number | 0
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = (rest / 10) | 0
      this.buffer[at] = ZERO + rest - next * 10
      rest = next
    }
    this.length += digits
  }

  base64(bytes: Buffer): void {
    if (bytes.length >= NATIVE_BYTES) this.length += this.buffer.write(bytes.toString('base64'), this.length, 'latin1')
    else this.#shortBase64(bytes)
  }

  /** Source: RFC 4648, section 4. */
  #shortBase64(bytes: Buffer): void {
    const { buffer } = this
    let at = this.length
    for (let index = 0; index < bytes.length; index += 3) {
      const [one, two = 0, three = 0] = [bytes[index] as number, bytes[index + 1], bytes[index + 2]]
      const bits = (one << 16) | (two << 8) | three
      for (let shift = 18; shift >= 0; shift -= 6) buffer[at++] = ALPHABET[(bits >> shift) & 63] as number
    }
    this.length = at
    const padding = (3 - (bytes.length % 3)) % 3
    for (let missing = 1; missing <= padding; missing++) buffer[at - missing] = PADDING
  }
}

const PADDING = '='.charCodeAt(0)

/** How many bytes {@link JsonBytes.integer} writes. */
export function integerBytes(number: number): number {
  return number < 0 ? 1 + digitsOf(-number) : digitsOf(number)
}

/** How many bytes {@link JsonBytes.base64} writes. */
export function base64Bytes({ length }: Buffer): number {
  return Math.ceil(length / 3) * 4
}

/** How many digits a whole number has that is not negative. */
function digitsOf(number: number): number {
  let digits = 1
  for (let limit = 10; number >= limit; limit *= 10) digits += 1
  return digits
}
