import { shortDigest } from '../digest.ts'
import { type Field, fieldReader, isInValue, nameOf } from './field.ts'
import type { Partitioner } from './partitioner.ts'
import { encodeSegment, SEGMENT_PATTERN } from './segment.ts'

/** Bytes of a folder's value. A key has room for 1,024, of which topics take up to twice 249. */
export const MAX_VALUE = 200
const DIGEST_DIGITS = 16

/** A field's folders; what is absent has its default. */
interface FieldFolders {
  /** Default: the field's own name. */
  name?: string
  /** Bytes of the value; default: {@link MAX_VALUE}. */
  longestValue?: number
}

/** Folders `<name>=<value>` by a field of the record. Records without the field go to the fallback's folder. */
export function fieldPartitioner(
  field: Field,
  fallback: string,
  { name: column = nameOf(field), longestValue = MAX_VALUE }: FieldFolders = {},
): Partitioner {
  const name = encodeSegment(column)
  const read = fieldReader(field)
  return {
    pathOf: record => `${name}=${folderValue(read(record) ?? fallback, longestValue)}`,
    pattern: `${RegExp.escape(`${name}=`)}${SEGMENT_PATTERN}*(?:~[0-9a-f]{${DIGEST_DIGITS}})?`,
    longestPath: name.length + 1 + longestValue,
    columns: [column],
    readsValues: isInValue(field),
  }
}

/** The value as part of the key. A long one is cut at a character boundary, and a digest keeps it apart from others. */
function folderValue(value: string | Buffer, longest: number): string {
  const encoded = encodeSegment(value)
  if (encoded.length <= longest) return encoded
  const digest = shortDigest(value, DIGEST_DIGITS)
  const start = encoded.slice(0, longest - DIGEST_DIGITS - 1).replace(/(%[C-F].(%[89AB].)*)?(%.?)?$/, '')
  return `${start}~${digest}`
}
