/**
 * Zigzag varints, as lengths and differences are written in records: seven bits a byte, lowest first. Exact up to 2^52 on
 * either side of zero. Source: Apache Kafka, `org.apache.kafka.common.utils.ByteUtils.writeVarlong`.
 */

/** How many bytes a number takes, 1 to 8. */
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
