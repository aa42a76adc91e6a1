import avsc from 'avsc'

/** An Avro Object Container File: a header, then blocks. Source: Apache Avro 1.12 specification, "Object Container Files". */

export const MAGIC = Buffer.from('Obj\x01', 'latin1')
export const METADATA = avsc.Type.forSchema({ type: 'map', values: 'bytes' })
export const SYNC_MARKER_BYTES = 16

/** A block: the number of its records, the size of its data, the data, and the file's sync marker. */
export interface Block {
  records: number
  /** Compressed by the file's codec. */
  data: Buffer
  /** Number, size and data as they are in the file. */
  bytes: Buffer
  syncMarker: Buffer
  /** Where the next block begins. */
  end: number
}

/**
 * The block that begins at a position; undefined when the bytes end within it.
 *
 * @throws an error when no block begins there
 */
export function blockAt(bytes: Buffer, start: number): Block | undefined {
  const records = longAt(bytes, start)
  const size = records && longAt(bytes, records.end)
  if (!size) return undefined
  if (records.value < 0 || size.value < 0) throw new Error('no Avro block begins here')
  const dataEnd = size.end + size.value
  const end = dataEnd + SYNC_MARKER_BYTES
  if (end > bytes.length) return undefined
  return {
    records: records.value,
    data: bytes.subarray(size.end, dataEnd),
    bytes: bytes.subarray(start, dataEnd),
    syncMarker: bytes.subarray(dataEnd, end),
    end,
  }
}

/** Bytes of the largest number that a block may begin with: 2⁵³, in groups of seven bits. */
const LONG_BYTES = 8

/** Avro's `long`: groups of seven bits, the least significant first, with the sign in the lowest bit. */
function longAt(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0
  for (let index = 0; index < LONG_BYTES; index++) {
    const byte = bytes[start + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value: value % 2 === 0 ? value / 2 : -(value + 1) / 2, end: start + index + 1 }
  }
  throw new Error('no Avro block begins here')
}
