import { crc32 } from 'node:zlib'
import type { RecordHeader } from '../../../lib/record.ts'
import type { Random } from '../../support/simulation/random.ts'

/** A record that says which one it is, so that a reader can tell it from all others, and whether it is whole. */
export interface NumberedRecord {
  partition: number
  /** Within its partition, from 0, in the order in which they are produced; aborted ones have numbers too. */
  sequence: number
  key: Buffer | null
  /** Null for a tombstone. */
  value: Buffer | null
  headers: RecordHeader[]
  /** Milliseconds since the epoch. */
  timestamp: number
}

/** The header that tells which record it is: `<topic>/<partition>/<sequence>`. */
const NUMBER = 'number'

/** The header with the CRC-32 of everything else that the record has, in decimal digits. */
const CHECKSUM = 'checksum'

const KEYS = 500
/** Values of a field by which objects can be divided among folders. */
const REGIONS = ['eu', 'us', 'ap']
const FEW_BYTES = 120
const MANY_BYTES = 3_000

/** Makes the record of a number. Sizes and what is unusual about it follow from the random numbers. */
export function numberedRecord(topic: string, partition: number, sequence: number, random: Random): NumberedRecord {
  const number = `${topic}/${partition}/${sequence}`
  const key = random.chance(0.1) ? null : Buffer.from(`key-${random.below(KEYS)}`)
  const value = randomValue(number, REGIONS[sequence % REGIONS.length], random)
  const headers = [{ key: NUMBER, value: Buffer.from(number) }, ...unusualHeaders(random)]
  const timestamp = Date.now()
  const checksum = checksumOf({ key, value, headers })
  return {
    ...{ partition, sequence, key, value, timestamp },
    headers: [...headers, { key: CHECKSUM, value: Buffer.from(checksum) }],
  }
}

function randomValue(number: string, region: string | undefined, random: Random): Buffer | null {
  if (random.chance(0.03)) return null
  const length = random.chance(0.02) ? random.below(MANY_BYTES) : random.below(FEW_BYTES)
  if (random.chance(0.05)) return noText(length, random)
  return Buffer.from(JSON.stringify({ number, region, text: 'ü'.repeat(random.below(3)) + 'x'.repeat(length) }))
}

/** No bytes at all, or some that are not UTF-8, which has no 0xff: JSON they never are. */
function noText(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (at === 0 ? 0xff : random.below(256))))
}

function unusualHeaders(random: Random): RecordHeader[] {
  if (random.chance(0.9)) return []
  return [
    { key: 'trace', value: Buffer.from([0, 255, random.below(256)]) },
    { key: 'trace', value: Buffer.alloc(0) },
    { key: 'none', value: null },
  ]
}

function checksumOf({ key, value, headers }: Pick<NumberedRecord, 'key' | 'value' | 'headers'>): string {
  const parts = [key, value, ...headers.flatMap(header => [Buffer.from(header.key), header.value])]
  return String(parts.reduce((sum, part) => crc32(part ?? 'null', crc32(String(part?.length), sum)), 0))
}

/** Which record it is, by its header; undefined for one that this load didn’t make. */
export function numberOf(headers: readonly RecordHeader[]): string | undefined {
  return headers.find(({ key }) => key === NUMBER)?.value?.toString()
}

/** Whether a record is as it was made. */
export function isWhole(record: Pick<NumberedRecord, 'key' | 'value' | 'headers'>): boolean {
  const headers = record.headers.filter(({ key }) => key !== CHECKSUM)
  const checksum = record.headers.find(({ key }) => key === CHECKSUM)?.value?.toString()
  return checksum === checksumOf({ ...record, headers })
}
