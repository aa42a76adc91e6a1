import { freeBuffer } from '../free-buffer.ts'
import { compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { type FormatName, formats, objectExtension } from './index.ts'

export interface FormatSettings extends EncodeOptions {
  format: FormatName
}

/** An object's bytes with the extension and HTTP headers that describe them. */
export interface Encoded {
  body: Buffer
  /** `json.gz`, `parquet`, … */
  extension: string
  contentType: string
  contentEncoding?: string
}

/** The bytes of an object: the records in the format, compressed. */
export async function encode(records: StoredRecord[], settings: FormatSettings): Promise<Encoded> {
  const { contentType, compressesInside, load } = formats[settings.format]
  const extension = objectExtension(settings.format, settings.compression)
  const codec = await load()
  const plain = await codec.encode(records, settings)
  if (compressesInside) return { body: plain, extension, contentType }
  const { contentEncoding, compress } = compressions[settings.compression]
  const body = await compress(plain)
  // Without this, an event of 6 MB peaks a megabyte or more higher.
  if (body !== plain) freeBuffer(plain)
  return { body, extension, contentType, contentEncoding }
}
