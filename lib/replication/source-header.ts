import type { KafkaRecord, RecordHeader } from '../record.ts'

/**
 * The header with the alias of a cluster that a record has been on. There is one for the cluster where it was produced and
 * one for each hop, so that a record can't return to any of them. With one alias only, a record of A that B and C send
 * each other would circulate endlessly.
 */
export const SOURCE_HEADER = 'kafka-functions.source'

/** Whether the record has been on the cluster before. */
export function hasBeenOn({ headers }: Pick<KafkaRecord, 'headers'>, alias: string): boolean {
  return headers.some(header => isSource(header, alias))
}

/** The record's headers with the source's alias appended, unless it is already among them. */
export function withSource(headers: readonly RecordHeader[], alias: string): readonly RecordHeader[] {
  if (headers.some(header => isSource(header, alias))) return headers
  return [...headers, { key: SOURCE_HEADER, value: Buffer.from(alias) }]
}

function isSource({ key, value }: RecordHeader, alias: string): boolean {
  return key === SOURCE_HEADER && value?.toString() === alias
}
