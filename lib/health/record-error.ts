import { type Act, type ErrorCode, errorCodes, isErrorCode } from '../error.ts'

/** The codes of errors that concern single records: others of the same topic may well be delivered. */
const aboutRecords: ReadonlySet<string> = new Set<ErrorCode>([
  ...(['RECORD_CONFLICT', 'RECORD_UNDECODABLE', 'RECORD_LEFT_OUT', 'VALUE_UNDECODABLE', 'VALUE_TOO_LARGE'] as const),
  ...(['SCHEMA_INVALID', 'SCHEMA_UNKNOWN', 'STORE_OBJECT_DIFFERS', 'KAFKA_RECORD_TOO_LARGE'] as const),
  ...(['KAFKA_TIMESTAMP_REFUSED', 'KAFKA_RECORD_REFUSED', 'OUT_OF_TIME'] as const),
])

export function isAboutRecords(code: string): boolean {
  return aboutRecords.has(code)
}

/** Who acts on an error. One without a code of ours is somebody's. */
export function actorOf(code: string): Act {
  return isErrorCode(code) ? errorCodes[code].act : 'person'
}
