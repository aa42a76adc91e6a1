import type { KafkaRecord } from '../record.ts'

/** A record that has a value. */
export type ValueRecord = KafkaRecord & { value: Buffer }

/**
 * Decodes a record's value to its JSON text.
 *
 * @param limit bytes that the text may have
 * @throws CodedError `VALUE_UNDECODABLE` when the value does not match its format, `VALUE_TOO_LARGE`, or an error of the schema
 *     registry; retryable when the value may be decodable shortly
 */
export interface ValueDecoder {
  (record: ValueRecord, limit: number, signal?: AbortSignal): Buffer | Promise<Buffer>
  /**
   * Loads what the values of a batch need, several at a time; decoding one after the other would load one after the other.
   *
   * @throws CodedError of the schema registry, not of values or their schemas
   */
  prepare?(records: ValueRecord[], signal?: AbortSignal): Promise<void>
}
