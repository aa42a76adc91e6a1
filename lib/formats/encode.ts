import type { KafkaRecord } from '../record.ts'
import { type CompressionName, compressions } from './compression.ts'
import type { EncodeOptions } from './format.ts'
import { type FormatName, formats } from './index.ts'

/** The bytes of an object: the records in the format, compressed. */
export async function encode(
  records: KafkaRecord[],
  format: FormatName,
  compression: CompressionName,
  options: EncodeOptions,
): Promise<Buffer> {
  const plain = formats[format].encode(records, options)
  const bytes = await compressions[compression].compress(plain)
  if (bytes !== plain) release(plain)
  return bytes
}

/**
 * Gives the memory of a large buffer back at once. The garbage collector would leave it for long, as it lies outside of
 * the heap that it watches; an event of 6 MB peaked a megabyte or more higher.
 */
function release(bytes: Buffer): void {
  const ownsItsMemory = bytes.length === bytes.buffer.byteLength
  if (ownsItsMemory) (bytes.buffer as ArrayBuffer).transfer(0)
}
