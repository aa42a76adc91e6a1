import type { Format } from './codec.ts'
import { type CompressionName, compressionNames, compressions } from './compression.ts'
import { ROW_GROUP_BYTES } from './row-group.ts'

/** The fields of `avro` and the columns of `parquet`, including those that depend on options. */
const recordColumns = [
  ...['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'],
  ...['valueSize', 'valueObject', 'overflowFlag'],
]

/** What formats that keep the whole record have in common. */
const wholeRecord = {
  keys: 'always',
  holdsHeaders: true,
  holdsValueSizes: true,
  holdsValueObjects: true,
} satisfies Partial<Format>

/** Every format by its name in settings. Their code is loaded on first use, so a cold start doesn't pay for it. */
const register = {
  json: {
    extension: 'json',
    contentType: 'application/json',
    compressesInside: false,
    defaultCompression: 'gzip',
    columns: [],
    separator: 'none',
    ...wholeRecord,
    valueContents: ['bytes', 'json', 'base64'],
    holdsBackBytes: 0,
    load: async () => (await import('./json.ts')).json,
  },
  jsonl: {
    extension: 'jsonl',
    contentType: 'application/x-ndjson',
    compressesInside: false,
    defaultCompression: 'gzip',
    columns: [],
    separator: 'control characters',
    ...wholeRecord,
    valueContents: ['bytes', 'json', 'base64'],
    holdsBackBytes: 0,
    load: async () => (await import('./jsonl.ts')).jsonl,
  },
  raw: {
    extension: 'raw',
    contentType: 'application/octet-stream',
    compressesInside: false,
    defaultCompression: 'gzip',
    columns: [],
    separator: 'text',
    keys: 'on request',
    holdsHeaders: false,
    holdsValueSizes: false,
    holdsValueObjects: false,
    valueContents: ['bytes', 'json', 'base64'],
    holdsBackBytes: 0,
    load: async () => (await import('./raw.ts')).raw,
  },
  avro: {
    extension: 'avro',
    contentType: 'application/avro',
    compressesInside: true,
    defaultCompression: 'gzip',
    columns: recordColumns,
    separator: 'none',
    ...wholeRecord,
    valueContents: ['bytes', 'json'],
    holdsBackBytes: 0,
    load: async () => (await import('./avro.ts')).avro,
  },
  parquet: {
    extension: 'parquet',
    contentType: 'application/vnd.apache.parquet',
    compressesInside: true,
    defaultCompression: 'zstd',
    columns: recordColumns,
    separator: 'none',
    ...wholeRecord,
    valueContents: ['bytes', 'json'],
    holdsBackBytes: ROW_GROUP_BYTES,
    load: async () => (await import('./parquet.ts')).parquet,
  },
} satisfies Record<string, Format>

export type FormatName = keyof typeof register
export const formats: Record<FormatName, Format> = register
export const formatNames = Object.keys(formats) as FormatName[]

/** The extension of these objects' keys, without the first dot: `json.gz`, `parquet`, … */
export function objectExtension(name: FormatName, compression: CompressionName): string {
  const { extension, compressesInside } = formats[name]
  return compressesInside ? extension : extension + compressions[compression].extension
}

/** Every possible {@link objectExtension}. */
export const objectExtensions = [
  ...new Set(formatNames.flatMap(name => compressionNames.map(compression => objectExtension(name, compression)))),
]

/** What the extension of an object's key says. The compression is `none` where the format compresses inside. */
export interface ObjectForm {
  format: FormatName
  compression: CompressionName
}

/** @param extension without the first dot, as {@link objectExtension} gives it; undefined for any other */
export function objectForm(extension: string): ObjectForm | undefined {
  const forms = formatNames.flatMap(format => compressionNames.map(compression => ({ format, compression })))
  return forms.find(({ format, compression }) => objectExtension(format, compression) === extension)
}
