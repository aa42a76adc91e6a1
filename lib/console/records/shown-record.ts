import type { KafkaRecord } from '../../record.ts'
import type { ShownBytes, ShownRecord } from '../api/index.ts'

/** How much of a record is shown, in bytes unless said otherwise. */
export interface Cut {
  key: number
  value: number
  /** How many headers. */
  headers: number
  headerValue: number
  /** Characters of a decoded value's JSON. */
  json: number
}

/** In a list of records: what one line has room for, so that a hundred records stay below a megabyte. */
export const inList: Cut = { key: 512, value: 2_048, headers: 5, headerValue: 128, json: 2_048 }

/** Of one record: what a page shows at once. A longer value is loaded in parts. */
export const inDetail: Cut = { key: 64 * 1024, value: 256 * 1024, headers: 500, headerValue: 1_024, json: 256 * 1024 }

/** Characters of a header's name: names are short, unless somebody wants to break what shows them. */
const HEADER_NAME = 256

/** A record as a page gets it, without its decoded value. */
export function shownRecord(record: KafkaRecord, cut: Cut): ShownRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = record
  const more = headers.length - cut.headers
  return {
    ...{ topic, partition, offset },
    timestamp: timestamp === undefined || timestamp < 0 ? null : timestamp,
    key: shownBytes(key, cut.key),
    value: shownBytes(value, cut.value),
    headers: headers.slice(0, cut.headers).map(({ key: name, value }) => ({
      name: name.length > HEADER_NAME ? `${name.slice(0, HEADER_NAME)}…` : name,
      value: shownBytes(value, cut.headerValue),
    })),
    ...(more > 0 && { moreHeaders: more }),
  }
}

/** The first of some bytes, from a place on. */
export function shownBytes(bytes: Buffer, most: number, from?: number): ShownBytes
export function shownBytes(bytes: Buffer | null, most: number, from?: number): ShownBytes | null
export function shownBytes(bytes: Buffer | null, most: number, from = 0): ShownBytes | null {
  if (!bytes) return null
  const end = from + most
  return { size: bytes.length, base64: bytes.toString('base64', from, end), isCut: end < bytes.length }
}
