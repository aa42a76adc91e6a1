import type { EncodeOptions, FormatCodec, StoredRecord } from './format.ts'

/**
 * The values alone, each followed by the separator, as cloud vendors' dumps write them. With keys, each record is the key,
 * a tab and the value, as Kafka's console consumer prints them. Null becomes nothing, like empty bytes.
 */
export const raw = {
  async encode(records, options) {
    const separator = Buffer.from(options.recordSeparator)
    const parts = records.flatMap(record => [...lineOf(record, options), separator])
    return Buffer.concat(parts)
  },
} satisfies FormatCodec

const TAB = Buffer.from('\t')
const NOTHING = Buffer.alloc(0)

function lineOf({ key, value }: StoredRecord, { includeKey, values }: EncodeOptions): Buffer[] {
  const content = value === null ? NOTHING : values === 'base64' ? Buffer.from(value.toString('base64')) : value
  return includeKey ? [key ?? NOTHING, TAB, content] : [content]
}
