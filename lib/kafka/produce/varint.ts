/**
 * Zigzag varints, which encode the lengths and deltas in records: seven bits per byte, lowest first. Exact from -2^52 to
 * 2^52. Source: Apache Kafka, `org.apache.kafka.common.utils.ByteUtils.writeVarlong`.
 */

/** Size of an encoded number in bytes, 1 to 8. */
export function varintBytes(value: number): number {
  const zigzag = value < 0 ? -2 * value - 1 : 2 * value
  let bytes = 1
  for (let limit = 128; zigzag >= limit; limit *= 128) bytes += 1
  return bytes
}

/** @returns the position after the number */
export function writeVarint(buffer: Buffer, position: number, value: number): number {
  let zigzag = value < 0 ? -2 * value - 1 : 2 * value
  let next = position
  while (zigzag > 0x7fffffff) {
    buffer[next++] = (zigzag % 128) | 128
    zigzag = Math.floor(zigzag / 128)
  }
  while (zigzag > 127) {
    buffer[next++] = (zigzag & 127) | 128
    zigzag >>>= 7
  }
  buffer[next++] = zigzag
  return next
}
