import pLimit from 'p-limit'
import type { KafkaRecord } from '../record.ts'
import { type CompressionName, compressions } from './compression.ts'
import type { EncodeOptions } from './format.ts'
import { type FormatName, formats } from './index.ts'

/** One partition at a time: on a function's one processor more would not be faster, and each needs its memory. */
const inTurn = pLimit(1)

/** The bytes of an object: the records in the format, compressed. */
export function encode(
  records: KafkaRecord[],
  format: FormatName,
  compression: CompressionName,
  options: EncodeOptions,
): Promise<Buffer> {
  return inTurn(async () => {
    const plain = formats[format].encode(records, options)
    const bytes = await compressions[compression].compress(plain)
    if (bytes !== plain) release(plain)
    return bytes
  })
}

/**
 * Gives the memory of a large buffer back at once. The garbage collector would leave it for long, as it lies outside of
 * the heap that it watches; an event of 6 MB peaked a megabyte or more higher.
 */
function release(bytes: Buffer): void {
  const ownsItsMemory = bytes.length === bytes.buffer.byteLength
  if (ownsItsMemory) (bytes.buffer as ArrayBuffer).transfer(0)
}
