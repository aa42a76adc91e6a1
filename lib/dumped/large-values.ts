import pMap from 'p-map'
import { asCodedError, CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { LayoutRecord } from './layout.ts'
import type { Reading } from './reading.ts'

/** Large values that are fetched at the same time. */
const AT_ONCE = 8

/**
 * Records with their large values in place.
 *
 * @param records of a batch, whose values fit into memory
 * @param onLost is told of each record that is left out: its value was never dumped, or it is gone and corrupt objects are passed
 * over
 * @throws CodedError `STORE_OBJECT_MISSING`, `DUMP_OBJECT_UNREADABLE`
 */
export async function withLargeValues(
  records: LayoutRecord[],
  reading: Reading,
  onLost: (offset: number) => void,
): Promise<StoredRecord[]> {
  if (!records.some(isElsewhere)) return records
  const whole = await pMap(records, record => withValue(record, reading), { concurrency: AT_ONCE })
  for (const [index, record] of whole.entries()) if (!record) onLost((records[index] as StoredRecord).offset)
  return whole.filter(record => record !== undefined)
}

const isElsewhere = ({ valueObject, isWithoutValue }: LayoutRecord) => valueObject !== undefined || isWithoutValue

async function withValue(record: LayoutRecord, reading: Reading): Promise<StoredRecord | undefined> {
  const { valueObject, isWithoutValue, ...rest } = record
  if (isWithoutValue) return leftOut(record, reading)
  if (valueObject === undefined) return record
  const { skipCorrupt, findings } = reading.options
  try {
    const value = await fetchValue(valueObject, reading.objectOf(record) as DumpedObject, reading)
    assertSize(record, value)
    return { ...rest, value }
  } catch (thrown) {
    const { code, message, cause } = asCodedError(thrown)
    if (code !== 'STORE_OBJECT_MISSING' && code !== 'DUMP_OBJECT_UNREADABLE') throw thrown
    const { topic, partition, offset } = record
    const text = message.includes(valueObject) ? message : `${valueObject}: ${message}`
    const error = new CodedError(code, text, { topic, partition, offset, cause })
    if (!skipCorrupt) throw error
    findings.corrupt.push({ key: valueObject, firstOffset: offset, lastOffset: offset, error })
    return undefined
  }
}

/** The record tells how long its value is: another topic of the same name may have overwritten it, or it was cut off. */
function assertSize({ valueSize }: LayoutRecord, { length }: Buffer): void {
  if (valueSize === undefined || valueSize === length) return
  throw new CodedError('DUMP_OBJECT_UNREADABLE', `has ${length} bytes, where the record had ${valueSize}`)
}

/**
 * The connector that wrote the dump has left out the value. That is no damage: nothing would be had by stopping, so it is among the
 * findings whether or not corrupt objects are passed over.
 */
function leftOut(record: LayoutRecord, reading: Reading): undefined {
  const { topic, partition, offset, valueSize } = record
  const size = valueSize === undefined ? '' : ` of ${valueSize} bytes`
  const message = `the connector that wrote the dump left out the value${size}, so the record is not restored: if Kafka still has offset ${offset}, take it from there`
  const error = new CodedError('DUMP_OBJECT_UNREADABLE', message, { topic, partition, offset })
  const key = reading.objectOf(record)?.key ?? ''
  reading.options.findings.corrupt.push({ key, firstOffset: offset, lastOffset: offset, error })
}

/** A dump that was copied has its values below its new folder, while its records name the old one. */
async function fetchValue(key: string, object: DumpedObject, reading: Reading): Promise<Buffer> {
  const store = reading.storeOf(object)
  try {
    return await store.get(key)
  } catch (error) {
    const { prefix } = object.source
    const moved = `${prefix === '' ? '' : `${prefix}/`}${key.slice(key.lastIndexOf('_overflow/'))}`
    if (asCodedError(error).code !== 'STORE_OBJECT_MISSING' || moved === key) throw error
    return await store.get(moved).catch(() => {
      throw error
    })
  }
}
