import type { StoredRecord } from '../formats/format.ts'
import type { RecordHeader } from '../record.ts'

/** Whether two records with the same offset are the same: key, value, headers and timestamp, byte for byte. */
export function isSameRecord(one: StoredRecord, other: StoredRecord): boolean {
  return (
    one.timestamp === other.timestamp &&
    isSame(one.key, other.key) &&
    isSameValue(one, other) &&
    one.headers.length === other.headers.length &&
    one.headers.every(({ key, value }, index) => {
      const header = other.headers[index] as RecordHeader
      return key === header.key && isSame(value, header.value)
    })
  )
}

function isSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}

/** Of large values, the names tell, whatever the folder; of one that is large in one object only, its size. */
function isSameValue(one: StoredRecord, other: StoredRecord): boolean {
  if (one.valueObject === undefined && other.valueObject === undefined) return isSame(one.value, other.value)
  if (one.valueObject !== undefined && other.valueObject !== undefined)
    return nameOf(one.valueObject) === nameOf(other.valueObject) && one.valueSize === other.valueSize
  return sizeOf(one) === sizeOf(other)
}

const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1)
const sizeOf = ({ valueSize, value }: StoredRecord) => valueSize ?? value?.length ?? 0
