import { createHash } from 'node:crypto'
import type { KafkaRecord } from '../record.ts'

/** Hexadecimal digits of a digest in an object key: 128 bits. */
export const DIGEST_DIGITS = 32

/**
 * Identifies records whose platform gives no offsets: the same records of the same event have the same digest. Each part is
 * hashed with its length, so that records which divide the same bytes differently have different digests.
 */
export function digestOf(records: KafkaRecord[]): string {
  const hash = createHash('sha256')
  const add = (bytes: Buffer | string | null) => {
    hash.update(bytes === null ? '-' : `${Buffer.byteLength(bytes)}:`)
    if (bytes !== null) hash.update(bytes)
  }
  for (const { timestamp, eventTime, key, value, headers } of records) {
    add(`${timestamp} ${eventTime} ${headers.length}`)
    add(key)
    add(value)
    for (const header of headers) {
      add(header.key)
      add(header.value)
    }
  }
  return hash.digest('hex').slice(0, DIGEST_DIGITS)
}
