import type { KafkaRecord } from '../record.ts'

/** A record that has a value. */
export type ValueRecord = KafkaRecord & { value: Buffer }

/**
 * Decodes a record's value to its JSON text.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when the value does not match its format, or an error of the schema registry
 */
export type ValueDecoder = (record: ValueRecord, signal?: AbortSignal) => Buffer | Promise<Buffer>
