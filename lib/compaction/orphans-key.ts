import type { CommittedObject } from '../commits/entry.ts'
import type { ObjectKeys } from '../objects/key.ts'
import { decodeSegment } from '../objects/segment.ts'

/** The keys of the large values that an object's records name. */
export function valueKeys({ large = {} }: Pick<CommittedObject, 'large'>, topic: string, keys: ObjectKeys): string[] {
  return Object.entries(large).flatMap(([partition, offsets]) =>
    offsets.map(offset => valueKey(keys, topic, Number(partition), offset)),
  )
}

/** The key of one record's large value. */
export function valueKey(keys: ObjectKeys, topic: string, partition: number, offset: number): string {
  return keys.renderValue({ topic, partition, offset, timestamp: -1, key: null, value: null, headers: [] })
}

/** The folder of large values, with a slash at its end. */
export function valuesFolder(keys: ObjectKeys): string {
  const key = valueKey(keys, 't', 0, 0)
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/** Which record a large value belongs to; undefined for keys of values whose records have no offsets, and for other keys. */
export function parseValueKey(keys: ObjectKeys, key: string) {
  const name = key.slice(key.lastIndexOf('/') + 1)
  const { topic = '', partition, offset } = /^(?<topic>.+)\+(?<partition>\d+)\+(?<offset>\d+)$/.exec(name)?.groups ?? {}
  const place = { topic: decodeSegment(topic), partition: Number(partition), offset: Number(offset) }
  return valueKey(keys, place.topic, place.partition, place.offset) === key ? place : undefined
}
