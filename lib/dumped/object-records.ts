import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { DumpedObject } from './dumped-object.ts'
import { readObject } from './layouts/kafka-functions.ts'
import type { Reading } from './reading.ts'
import { stagedRecords } from './staged-records.ts'

/** Errors that are one object's, so that others can be read. */
const OBJECT_ERRORS: ErrorCode[] = [
  ...(['DUMP_OBJECT_UNREADABLE', 'STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING', 'RESTORE_FORMAT_LOSSY'] as const),
]

/**
 * The records that an object has of a topic-partition, some at a time, in ascending order. Those before a damage come. Then the
 * reading ends with an error, or, if corrupt objects are passed over, the object is one of the findings.
 *
 * @throws CodedError `DUMP_OBJECT_UNREADABLE`, `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `RESTORE_FORMAT_LOSSY`, with the
 * object's key in the message
 */
export async function* objectRecords(object: DumpedObject, reading: Reading): AsyncGenerator<StoredRecord[]> {
  const { signal, skipCorrupt, findings } = reading.options
  let last = (object.bounds?.first ?? 0) - 1
  try {
    for await (const records of recordsIn(object, reading)) {
      if (records.length === 0) continue
      check(records, last, object, reading)
      last = (records.at(-1) as StoredRecord).offset
      yield records
    }
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    const error = objectError(thrown, object, reading, last + 1)
    if (!skipCorrupt || !OBJECT_ERRORS.includes(error.code)) throw error
    const { bounds } = object
    findings.corrupt.push({ key: object.key, firstOffset: bounds?.first, lastOffset: bounds?.last, error })
    if (bounds) reading.damaged.push(bounds)
  }
}

async function* recordsIn(object: DumpedObject, reading: Reading): AsyncIterable<StoredRecord[]> {
  const store = reading.storeOf(object)
  if (object.kind === 'staged') yield* stagedRecords(object, store)
  else if (object.kind !== 'listed') yield* readObject(object, store)
  else {
    const { source, key, size, topic, partition, bounds } = object
    const offsets = bounds ? { firstOffset: bounds.first, lastOffset: bounds.last } : {}
    yield* source.layout.read({ key, size, topic, partition, ...offsets }, store)
  }
}

/** Checks that the records are those of the topic-partition, in ascending order. */
function check(records: StoredRecord[], before: number, object: DumpedObject, reading: Reading): void {
  const { topic, partition } = reading.place
  let last = before
  for (const record of records) {
    if (record.offset <= last || record.partition !== partition || record.topic !== topic) {
      const isOthers = record.partition !== partition || record.topic !== topic
      const reason = isOthers
        ? `it has a record of ${record.topic}, partition ${record.partition}`
        : `offset ${record.offset} does not follow ${last}`
      throw new CodedError('DUMP_OBJECT_UNREADABLE', `${object.key} is not what its name says: ${reason}`)
    }
    last = record.offset
    if (record.valueObject !== undefined) reading.remember(record, object)
  }
}

/** Names the object and where it was damaged. */
function objectError(thrown: unknown, { key }: DumpedObject, { place }: Reading, offset: number): CodedError {
  const error = asCodedError(thrown)
  const code = error.code === 'RECORD_UNDECODABLE' ? 'DUMP_OBJECT_UNREADABLE' : error.code
  const message = error.message.includes(key) ? error.message : `${key}: ${error.message}`
  const { retryable, cause = thrown } = error
  return new CodedError(code, message, { ...place, offset: Math.max(offset, 0), retryable, cause })
}
