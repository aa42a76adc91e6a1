import type { KafkaRecord } from '../record.ts'

/** A record that has a value. */
export type ValueRecord = KafkaRecord & { value: Buffer }

/**
 * What becomes of a value before it goes into an object: its JSON text.
 *
 * @throws CodedError `VALUE_UNDECODABLE` when the value is not what its format says, or an error of the schema registry
 */
export type ValueDecoder = (record: ValueRecord, signal?: AbortSignal) => Buffer | Promise<Buffer>
