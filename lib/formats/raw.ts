import type { EncodeOptions, Format, StoredRecord } from './format.ts'

/**
 * The values alone, each with the separator behind it, as cloud vendors' dumps write them. With keys, each line is the
 * key, a tab and the value, as Kafka's console consumer prints them. What is null stands as nothing.
 */
export const raw = {
  name: 'raw',
  contentType: 'application/octet-stream',
  compressesInside: false,
  async encode(records, options) {
    const separator = Buffer.from(options.recordSeparator)
    const parts = records.flatMap(record => [...lineOf(record, options), separator])
    return Buffer.concat(parts)
  },
} satisfies Format

const TAB = Buffer.from('\t')
const NOTHING = Buffer.alloc(0)

function lineOf({ key, value }: StoredRecord, { includeKey, values }: EncodeOptions): Buffer[] {
  const content = value === null ? NOTHING : values === 'base64' ? Buffer.from(value.toString('base64')) : value
  return includeKey ? [key ?? NOTHING, TAB, content] : [content]
}
