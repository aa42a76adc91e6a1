import type { KafkaRecord, RecordHeader } from '../record.ts'

/**
 * The header that carries the alias of a cluster on which a record has been: first the one where it was produced, then
 * one header for each hop, so that a record can't return to any of them. With one alias only, a record of A that B and C
 * send each other would go round for ever.
 */
export const SOURCE_HEADER = 'kafka-functions.source'

/** Whether the record has been on the cluster already. */
export function hasBeenOn({ headers }: Pick<KafkaRecord, 'headers'>, alias: string): boolean {
  return headers.some(header => isSource(header, alias))
}

/** The record's headers with the source's alias behind them, unless it is among them already. */
export function withSource(headers: readonly RecordHeader[], alias: string): readonly RecordHeader[] {
  if (headers.some(header => isSource(header, alias))) return headers
  return [...headers, { key: SOURCE_HEADER, value: Buffer.from(alias) }]
}

function isSource({ key, value }: RecordHeader, alias: string): boolean {
  return key === SOURCE_HEADER && value?.toString() === alias
}
