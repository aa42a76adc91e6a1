import type { RecordHeader } from '../../record.ts'
import type { ListedObject } from '../../s3/store.ts'
import type { LayoutObject, LayoutRecord, LayoutStore } from '../layout.ts'
import { type ConfluentName, parseConfluentKey } from './confluent-name.ts'
import { headersFile, keyFile, partsOf, valueFile } from './confluent-parts.ts'
import type { LayoutSettings } from './settings.ts'
import { zipped } from './zipped.ts'

type Bytes = Buffer | null

export interface ConfluentReading extends Pick<LayoutSettings, 'base64'> {
  /** Whether there may be objects with keys or headers beside that of the values. */
  mayHaveCompanions: boolean
}

/** The records of an object of Confluent's sink, with what its companions have of them. */
export async function* confluentRecords(
  object: LayoutObject,
  store: LayoutStore,
  { base64 = [], mayHaveCompanions }: ConfluentReading,
): AsyncIterable<LayoutRecord[]> {
  const { topic } = object
  const partition = object.partition as number
  const { keys, headers } = mayHaveCompanions ? await companionsOf(object, store) : {}
  const values = valuesOf(object, store, base64.includes('value'))
  const beside: AsyncIterable<(Bytes | RecordHeader[])[]>[] = []
  if (keys) beside.push(partsOf(keys, store, keyFile(base64.includes('key'))))
  if (headers) beside.push(partsOf(headers, store, headersFile))
  for await (const [group, ...parts] of zipped(values, beside)) {
    const keyGroup = keys && (parts[0] as Bytes[])
    const headerGroup = headers && (parts.at(-1) as RecordHeader[][])
    yield group.map((value, index) => ({
      ...{ topic, partition, offset: -1, timestamp: -1, value },
      key: keyGroup?.[index] ?? null,
      headers: headerGroup?.[index] ?? [],
    }))
  }
}

/** Of tombstones there are only keys. */
async function* valuesOf(object: LayoutObject, store: LayoutStore, isBase64: boolean): AsyncIterable<Bytes[]> {
  if (parseConfluentKey(object.key)?.part === 'values') yield* partsOf(object, store, valueFile(isBase64))
  else for await (const keys of partsOf(object, store, keyFile(false))) yield keys.map(() => null)
}

/** The objects beside that of the values, each with any extension. */
async function companionsOf({ key }: LayoutObject, store: LayoutStore) {
  const found: Partial<Record<ConfluentName['part'], ListedObject>> = {}
  for await (const object of store.list(parseConfluentKey(key)?.base ?? key)) {
    const { part } = parseConfluentKey(object.key) ?? {}
    if (part) found[part] = object
  }
  return found
}
