import { LACKS, RECORD_COUNT, REPLACED_BY } from '../commits/object-metadata.ts'
import { CodedError } from '../error.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { ObjectStore } from './object-store.ts'

/** What was read of an object, to its end. */
export interface ReadToEnd {
  records: number
  /** The last offset; anything below the object's first one where it had no record. */
  last: number
}

/**
 * Checks that an object isn't cut off: between two lines, blocks or compressed members, a part of it is an object as well. The name
 * and the commit log tell what the whole one has.
 *
 * @throws CodedError `DUMP_OBJECT_UNREADABLE`
 */
export async function assertWhole(object: DumpedObject, read: ReadToEnd, store: ObjectStore): Promise<void> {
  const { key, kind, bounds, records } = object
  if (object.lacks || object.source.layout.isChained) return
  const isLast = !bounds || bounds.last === read.last || bounds.last === Number.POSITIVE_INFINITY
  if (isLast && (records === undefined || records === read.records)) return
  // An object without a log may have fewer records than its name says, from the beginning on.
  if (kind === 'listed' && (await isAsWritten(object, read, store))) return
  const found = `it has ${read.records} records, up to offset ${read.last}`
  const told = [
    ...(records === undefined ? [] : [`${records} records`]),
    ...(bounds ? [`records up to offset ${bounds.last}`] : []),
  ].join(', ')
  throw new CodedError('DUMP_OBJECT_UNREADABLE', `${key} is cut off: ${found}, and had ${told}`)
}

/** Whether the object's metadata says that it has these records: some had failed, were damaged, or are in another object now. */
async function isAsWritten({ key }: DumpedObject, { records }: ReadToEnd, store: ObjectStore): Promise<boolean> {
  const { metadata = {} } = (await store.head(key)) ?? {}
  const isEmptied = records === 0 && metadata[REPLACED_BY] !== undefined
  return isEmptied || metadata[LACKS] !== undefined || metadata[RECORD_COUNT] === String(records)
}
