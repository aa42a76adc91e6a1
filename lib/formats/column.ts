import type { EncodeOptions } from './format.ts'

/** What a column of a table over objects holds. */
export type ColumnContent =
  | 'text'
  | 'int'
  | 'long'
  | 'boolean'
  /** Milliseconds since the epoch in the formats of JSON; a time in the others. */
  | 'time'
  /** Bytes, which the formats of JSON write as text, or as base64 where their encoding says so. */
  | 'bytes'
  /** `base64` where the bytes beside it are base64; only in the formats of JSON. */
  | 'encoding'
  /** A text of JSON; in the formats of JSON any JSON. */
  | 'json'
  | 'headers'

/** The columns of a record in the formats that keep all of it, in their order. Those that the options leave out are absent. */
export function recordColumns(options: EncodeOptions, { isJson }: { isJson: boolean }): Record<string, ColumnContent> {
  const { values, includeHeaders, includeValueSize, maxInlineValueBytes } = options
  const hasLarge = maxInlineValueBytes !== undefined
  const columns: Record<string, ColumnContent | false> = {
    topic: 'text',
    partition: 'int',
    offset: 'long',
    timestamp: 'time',
    key: 'bytes',
    keyEncoding: isJson && 'encoding',
    value: values === 'json' ? 'json' : 'bytes',
    valueEncoding: isJson && 'encoding',
    headers: includeHeaders && 'headers',
    valueSize: (includeValueSize || hasLarge) && 'long',
    valueObject: hasLarge && 'text',
    overflowFlag: hasLarge && 'boolean',
  }
  const present = Object.entries(columns).filter((entry): entry is [string, ColumnContent] => entry[1] !== false)
  return Object.fromEntries(present)
}
