import { compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { type FormatName, loadFormat } from './index.ts'

export interface FormatSettings extends EncodeOptions {
  format: FormatName
}

/** An object's bytes, and what its key and its HTTP headers say of them. */
export interface Encoded {
  body: Buffer
  /** `json.gz`, `parquet`, … */
  extension: string
  contentType: string
  contentEncoding?: string
}

/** The bytes of an object: the records in the format, compressed. */
export async function encode(records: StoredRecord[], settings: FormatSettings): Promise<Encoded> {
  const format = await loadFormat(settings.format)
  const { name, contentType } = format
  const plain = await format.encode(records, settings)
  if (format.compressesInside) return { body: plain, extension: name, contentType }
  const { extension, contentEncoding, compress } = compressions[settings.compression]
  const body = await compress(plain)
  if (body !== plain) release(plain)
  return { body, extension: `${name}${extension}`, contentType, contentEncoding }
}

/**
 * Gives the memory of a large buffer back at once. The garbage collector would leave it for long, as it lies outside of
 * the heap that it watches; an event of 6 MB peaked a megabyte or more higher.
 */
function release(bytes: Buffer): void {
  const ownsItsMemory = bytes.length === bytes.buffer.byteLength
  if (ownsItsMemory) (bytes.buffer as ArrayBuffer).transfer(0)
}
