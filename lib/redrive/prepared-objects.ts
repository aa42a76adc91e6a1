import type { FailedRecord } from '../delivery/dead-letter.ts'
import { type Dump, writeObjects } from '../dump.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { ObjectKeys, ObjectName, ObjectRecords } from '../objects/key.ts'
import type { KafkaRecord } from '../record.ts'
import type { StoredObject } from '../s3/store.ts'
import { runsOf } from '../staging/runs.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { deliverAgain, silent } from './deliver-again.ts'

/** An object that is encoded and not yet written. */
export interface PreparedObject {
  path?: string
  offsets: OffsetRuns
  object: StoredObject
}

/** Which objects records become. */
export interface Arrangement {
  divide: ObjectKeys['divide']
  render(name: ObjectName): string
}

/**
 * Makes objects of records through the dump's own code, without writing them. Values that are too large for an object are written:
 * each has the same key and bytes whenever it is, and nobody reads it before its object is there.
 *
 * @param records at least one, in the order of their offsets
 * @returns the objects, and the records that fail
 * @throws CodedError as `deliverAgain`
 */
export async function prepareObjects(
  records: KafkaRecord[],
  dump: Dump,
  arrangement: Arrangement,
): Promise<{ objects: PreparedObject[]; failed: FailedRecord[] }> {
  const objects: PreparedObject[] = []
  /** By their first offset, which no two of a batch have in common. */
  const divided = new Map<number, ObjectRecords<StoredRecord>>()
  const named = new Map<string, ObjectRecords<StoredRecord>>()
  const keys: ObjectKeys = {
    ...dump.keys,
    divide<Record extends KafkaRecord>(some: Record[]) {
      const parts = arrangement.divide(some)
      for (const part of parts) divided.set(part.range.firstOffset, part)
      return parts
    },
    render(name) {
      const key = arrangement.render(name)
      named.set(key, divided.get(name.firstOffset) as ObjectRecords<StoredRecord>)
      return key
    },
  }
  const store: Dump['store'] = {
    async put(object, patience) {
      const part = named.get(object.key)
      if (!part) return await dump.store.put(object, patience)
      const offsets = runsOf(part.records.map(({ offset }) => offset))
      // Whoever encoded the body frees it.
      objects.push({ path: part.path, offsets, object: { ...object, body: Buffer.from(object.body) } })
    },
  }
  const preparing: Dump = { ...dump, staging: undefined, keys, store, logger: silent }
  const write = (some: KafkaRecord[], attempt: Parameters<typeof writeObjects>[2]) =>
    writeObjects(some, preparing, attempt)
  const failed = await deliverAgain(records, { write, peer: dump.storeName })
  return { objects, failed }
}
