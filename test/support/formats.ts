import { compressions } from '../../lib/formats/compression.ts'
import { type Encoded, encode, type FormatSettings } from '../../lib/formats/encode.ts'
import type { EncodeOptions, StoredRecord } from '../../lib/formats/format.ts'
import { formats, type ObjectForm, objectExtensions, objectForm } from '../../lib/formats/index.ts'

/** The options of a function that is told nothing but to keep everything. */
export const keepEverything: EncodeOptions = {
  values: 'bytes',
  compression: 'none',
  includeHeaders: true,
  includeKey: true,
  includeValueSize: false,
  recordSeparator: '\n',
}

export function encodeWith(records: StoredRecord[], settings: Partial<FormatSettings>): Promise<Encoded> {
  return encode(records, { format: 'json', ...keepEverything, ...settings })
}

/** The records of an object, read as the extension of its key says. */
export async function decode({ body, extension }: Pick<Encoded, 'body' | 'extension'>): Promise<StoredRecord[]> {
  const { format, compression } = objectForm(extension) as ObjectForm
  const { decode } = await formats[format].load()
  if (!decode) throw new Error(`${format} can't be read back`)
  if (formats[format].compressesInside) return await decode(body)
  return await decode(await compressions[compression].decompress(body))
}

/** The records of an object by its key. */
export function readObject(key: string, body: Buffer): Promise<StoredRecord[]> {
  const extension = objectExtensions.find(extension => key.endsWith(`.${extension}`)) as string
  return decode({ body, extension })
}

/** Records with text for their bytes, one character a byte: Jest takes seconds to compare buffers of megabytes. */
export function legible(records: StoredRecord[]) {
  const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null
  return records.map(({ key, value, headers, ...record }) => ({
    ...record,
    key: text(key),
    value: text(value),
    headers: headers.map(header => ({ ...header, value: text(header.value) })),
  }))
}
