import type { FoundRecord } from './found.ts'

/** A record as our programs in Python print it; bytes are in base64. */
export type Row = [
  topic: string,
  partition: number,
  offset: number,
  timestamp: number,
  key: string | null,
  value: string | null,
  headers: [name: string, value: string | null][],
]

/** @param place see {@link FoundRecord} */
export function recordOf([topic, partition, offset, timestamp, key, value, headers]: Row, place: string): FoundRecord {
  return {
    ...{ topic, partition, offset, timestamp, place },
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map(([name, content]) => ({ key: name, value: bytesOf(content) })),
  }
}

function bytesOf(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text, 'base64')
}
