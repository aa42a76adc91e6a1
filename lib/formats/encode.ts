import { compressAndFree, compressions } from './compression.ts'
import type { EncodeOptions, StoredRecord } from './format.ts'
import { type FormatName, formats, objectExtension } from './index.ts'

export interface FormatSettings extends EncodeOptions {
  format: FormatName
}

/**
 * An object's bytes with the extension and HTTP headers that describe them.
 *
 * @public
 */
export interface Encoded {
  /** The bytes of the object, compressed. */
  body: Buffer
  /** `json.gz`, `parquet`, … */
  extension: string
  /** For the header Content-Type. */
  contentType: string
  /** For the header Content-Encoding; absent where the object is not compressed as a whole. */
  contentEncoding?: string
}

/** The bytes of an object: the records in the format, compressed. */
export async function encode(records: StoredRecord[], settings: FormatSettings): Promise<Encoded> {
  const { contentType, compressesInside, load } = formats[settings.format]
  const extension = objectExtension(settings.format, settings.compression)
  const codec = await load()
  const plain = await codec.encode(records, settings)
  if (compressesInside) return { body: plain, extension, contentType }
  const { contentEncoding } = compressions[settings.compression]
  return { body: await compressAndFree(plain, settings), extension, contentType, contentEncoding }
}
