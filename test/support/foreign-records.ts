import type { StoredRecord } from '../../lib/formats/format.ts'

/** A record as other people's readers give it, by `test/python/read_objects.py`. */
export function inHex({ key, value, headers, ...record }: StoredRecord) {
  const hex = (bytes: Buffer | null) => bytes?.toString('hex') ?? null
  const { topic, partition, offset, timestamp, valueObject = null, valueSize = null } = record
  const list = headers.map(header => [header.key, hex(header.value)])
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: hex(key),
    value: hex(value),
    headers: list,
    valueObject,
    valueSize,
  }
}
