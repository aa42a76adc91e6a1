/** Bytes of a `long`: seven bits in each byte, 64 in all. */
const LONGEST_LONG = 10

/**
 * Reads the parts of a value in Avro's binary encoding, one after the other. Source: Apache Avro 1.12 specification, "Binary
 * encoding".
 */
export class AvroBytes {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  /** How many records surround the one that is read. */
  depth = 0

  begin(bytes: Buffer): void {
    this.bytes = bytes
    this.at = 0
    this.depth = 0
  }

  /** The position of the next bytes, which are read. */
  take(length: number): number {
    const start = this.at
    this.expect(length)
    this.at = start + length
    return start
  }

  /** Fails when fewer bytes are left. */
  expect(length: number): void {
    if (length < 0 || length > this.bytes.length - this.at) throw new Error('the value ends too early')
  }

  boolean(): boolean {
    const byte = this.bytes[this.take(1)] as number
    if (byte > 1) throw new Error('not a boolean')
    return byte === 1
  }

  /** A whole number that fits into a JavaScript number: a length, a count or an index, or an `int`. */
  int(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < LONGEST_LONG; i++) {
      const byte = this.bytes[this.take(1)] as number
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return unzigzag(value)
      factor *= 128
    }
    throw new Error('a number has too many bytes')
  }

  /** The digits of a `long`. */
  long(): string {
    const start = this.at
    const number = this.int()
    if (Number.isSafeInteger(number * 2)) return String(number)
    let value = 0n
    for (let at = this.at - 1; at >= start; at--) value = (value << 7n) | BigInt((this.bytes[at] as number) & 0x7f)
    const zigzag = BigInt.asUintN(64, value)
    return String(BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n)))
  }

  float(): number {
    return this.bytes.readFloatLE(this.take(4))
  }

  double(): number {
    return this.bytes.readDoubleLE(this.take(8))
  }
}

/** Numbers alternate between both signs: 0, −1, 1, −2. */
function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
