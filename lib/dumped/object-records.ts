import { holdsOffset } from '../commits/offset-runs.ts'
import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { LayoutObject, LayoutRecord } from './layout.ts'
import { readObject } from './layouts/kafka-functions.ts'
import type { ObjectStore } from './object-store.ts'
import type { Reading } from './reading.ts'
import { stagedRecords } from './staged-records.ts'
import { assertWhole } from './whole-object.ts'

/** Errors that are one object's, so that others can be read. */
const OBJECT_ERRORS: ErrorCode[] = [
  ...(['DUMP_OBJECT_UNREADABLE', 'STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING', 'RESTORE_FORMAT_LOSSY'] as const),
]

/**
 * The records that an object has of a topic-partition, some at a time, in ascending order of their offsets, or without offsets
 * where its layout has none. Those before a damage come. Then the reading ends with an error, or, if corrupt objects are passed
 * over, the object is one of the findings.
 *
 * @throws CodedError `DUMP_OBJECT_UNREADABLE`, `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `RESTORE_FORMAT_LOSSY`, with the
 * object's key in the message
 */
export async function* objectRecords(object: DumpedObject, reading: Reading): AsyncGenerator<LayoutRecord[]> {
  const { signal, skipCorrupt, findings } = reading.options
  const { key, bounds, source } = object
  let last = (bounds?.first ?? 0) - 1
  const consumed = reading.consumedOf(object)
  let count = 0
  try {
    for await (const records of opened(object, reading)) {
      if (records.length === 0) continue
      if (!source.layout.isChained) last = checkOrder(records, last, object)
      checkPlace(records, object, reading)
      count += records.length
      const counting = consumed ? records.filter(({ offset }) => !holdsOffset(consumed, offset)) : records
      if (counting.length > 0) yield counting
    }
    if (!reading.splitOf(object)) await assertWhole(object, { records: count, last }, reading.storeOf(object))
  } catch (thrown) {
    // Decompression makes an error of its own of it.
    signal?.throwIfAborted()
    if (isGone(object, thrown) && !reading.lost.has(key)) throw new BatchGone(object)
    if (isExpired(object, thrown)) return
    const error = objectError(thrown, object, reading, last + 1)
    if (!skipCorrupt || !OBJECT_ERRORS.includes(error.code)) throw error
    if (reading.reported.has(key)) return
    reading.reported.add(key)
    // Some layouts name the first offset only.
    const lastOffset = bounds && Number.isFinite(bounds.last) ? bounds.last : undefined
    findings.corrupt.push({ key, firstOffset: bounds?.first, lastOffset, error })
    if (bounds && lastOffset !== undefined) reading.damaged.push(bounds)
  }
}

/** A staged batch isn't there any longer: compaction may have put it into an object. */
export class BatchGone extends Error {
  readonly object: DumpedObject

  constructor(object: DumpedObject) {
    super(`${object.key} is gone`)
    this.object = object
  }
}

function isGone({ kind }: DumpedObject, thrown: unknown): boolean {
  return kind === 'staged' && asCodedError(thrown).code === 'STORE_OBJECT_MISSING'
}

/** Whether an object is gone because its records are older than the dump keeps them. */
function isExpired({ source, written, maxTimestamp = -1 }: DumpedObject, thrown: unknown): boolean {
  const { recordRetentionMs = Number.POSITIVE_INFINITY } = source
  const age = maxTimestamp === -1 ? written : maxTimestamp
  return asCodedError(thrown).code === 'STORE_OBJECT_MISSING' && age + recordRetentionMs <= Date.now()
}

export function isObjectError(thrown: unknown): boolean {
  const { code } = asCodedError(thrown)
  return code === 'RECORD_UNDECODABLE' || OBJECT_ERRORS.includes(code)
}

/** The records of an object, unchecked. */
export async function* recordsIn(object: DumpedObject, store: ObjectStore): AsyncIterable<LayoutRecord[]> {
  if (object.kind === 'latest') await assertNotReplaced(object, store)
  if (object.kind === 'staged') yield* stagedRecords(object, store)
  else if (object.kind === 'listed') yield* object.source.layout.read(layoutObject(object), store)
  else yield* readObject(object, store)
}

/**
 * Where only the newest records are kept, compaction empties an object before another one with its records appears.
 *
 * @throws CodedError `STORE_OBJECT_MISSING`, `DUMP_OBJECT_UNREADABLE`
 */
async function assertNotReplaced({ key, size, topic }: DumpedObject, store: ObjectStore): Promise<void> {
  const held = await store.head(key)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `there is no ${key}`, { topic })
  if (held.size === size) return
  const message = `${key} has other bytes than were committed: compaction is replacing it, or something else has written it. Start again when its run is over.`
  throw new CodedError('DUMP_OBJECT_UNREADABLE', message, { topic })
}

/** The records of an object, or those that were taken out of it for this partition. */
async function* opened(object: DumpedObject, reading: Reading): AsyncIterable<LayoutRecord[]> {
  const split = reading.splitOf(object)
  if (!split) return yield* recordsIn(object, reading.storeOf(object))
  yield* split.read()
  reading.bytesRead += split.bytes
  if (split.error) throw split.error
}

export function layoutObject({ key, size, topic, partition, bounds }: DumpedObject): LayoutObject {
  if (!bounds) return { key, size, topic, partition }
  const { first: firstOffset, last } = bounds
  return { key, size, topic, partition, firstOffset, ...(Number.isFinite(last) && { lastOffset: last }) }
}

/** @returns the last offset */
function checkOrder(records: StoredRecord[], before: number, { key }: DumpedObject): number {
  let last = before
  for (const { offset } of records) {
    if (offset <= last) throw unlikeName(key, `offset ${offset} does not follow ${last}`)
    last = offset
  }
  return last
}

function checkPlace(records: LayoutRecord[], object: DumpedObject, reading: Reading): void {
  const { topic, partition } = reading.place
  for (const record of records) {
    if (record.partition !== partition || record.topic !== topic)
      throw unlikeName(object.key, `it has a record of ${record.topic}, partition ${record.partition}`)
    reading.remember(record, object)
  }
}

function unlikeName(key: string, reason: string): CodedError {
  return new CodedError('DUMP_OBJECT_UNREADABLE', `${key} is not what its name says: ${reason}`)
}

/** Names the object and where it was damaged. */
function objectError(thrown: unknown, { key }: DumpedObject, { place }: Reading, offset: number): CodedError {
  const error = asCodedError(thrown)
  const code = error.code === 'RECORD_UNDECODABLE' ? 'DUMP_OBJECT_UNREADABLE' : error.code
  const message = error.message.includes(key) ? error.message : `${key}: ${error.message}`
  const { retryable, cause = thrown } = error
  return new CodedError(code, message, { ...place, offset: Math.max(offset, 0), retryable, cause })
}
