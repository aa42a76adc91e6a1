/**
 * Handlers for Kafka events, and their parts, for people who write their own. docs/own-handler.md shows how.
 *
 * Settings are the environment variables of docs/variables.md. Each can be given in code as well, by the same name, and is checked in
 * the same way.
 *
 * @packageDocumentation
 */
export { createDump } from './api/dump.ts'
export { createEventHandler, type RecordWriter } from './api/event-handler.ts'
export { createFormat, type ObjectFormat, readObjectRecords } from './api/formats.ts'
export { createKeys } from './api/keys.ts'
export { createReplicate } from './api/replicate.ts'
export type * from './api/variables/index.ts'
export { AbnormalDataError } from './delivery/abnormal-data.ts'
export type { WriteAttempt } from './delivery/attempt.ts'
export type { FailedRecord } from './delivery/dead-letter.ts'
export { type Act, CodedError, type ErrorCode, type ErrorDetails, type ErrorMeaning, errorCodes } from './error.ts'
export type { EventHandler } from './event-handler.ts'
export type { Encoded } from './formats/encode.ts'
export type { StoredRecord } from './formats/format.ts'
export type { ObjectKeys, ObjectName, ObjectRecords, OffsetRange } from './objects/key.ts'
export type { KafkaRecord, RecordHeader, TopicPartition } from './record.ts'
