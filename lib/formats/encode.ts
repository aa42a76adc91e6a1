import { freeBuffer } from '../free-buffer.ts'
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
  // An event of 6 MB peaked a megabyte or more higher without it.
  if (body !== plain) freeBuffer(plain)
  return { body, extension: `${name}${extension}`, contentType, contentEncoding }
}
