import type { TopicPartition } from './record.ts'

/**
 * Every error code with what it means and what to do. Codes are stable: alarms, dead-letter headers and log queries
 * are built on them. The table in docs/failures.md is generated from here.
 */
export const errorCodes = {
  CONFIG_INVALID: 'An environment variable is missing or wrong. The message names each one and what was expected.',
  SECRET_UNREADABLE:
    'A secret could not be read where it is kept. Check its name, the permission, and the way to the service.',
  EVENT_UNKNOWN: 'The event is not one of a Kafka trigger. Nothing was written; check what invokes the function.',
  RECORD_UNDECODABLE: 'A record of the event is malformed. It goes to the abnormal-data topic.',
  VALUE_UNDECODABLE: 'A value is not what VALUE_FORMAT or its schema says. Its record goes to the abnormal-data topic.',
  SCHEMA_UNKNOWN: 'The schema registry has no schema of a value’s id. Its record goes to the abnormal-data topic.',
  SCHEMA_REGISTRY_ACCESS_DENIED:
    'The schema registry refused the credentials or the permission. Check SCHEMA_REGISTRY_* or the role.',
  SCHEMA_REGISTRY_REJECTED: 'The schema registry answered otherwise than one does. Check SCHEMA_REGISTRY_URL.',
  SCHEMA_REGISTRY_UNAVAILABLE:
    'The schema registry could not be reached or answered with a server error or throttling. Retried.',
  STORE_ACCESS_DENIED:
    'The store or its proxy refused the credentials or the permission. Check the access key, the role, or S3_PROXY_*.',
  STORE_BUCKET_MISSING: 'The bucket does not exist in this region or at this endpoint. Check S3_BUCKET.',
  STORE_OBJECT_DIFFERS:
    'The key has an object with other bytes already, and S3_IF_NONE_MATCH keeps it. Compare the two, then remove one.',
  STORE_REJECTED: 'The store refused the request for another reason, named in the cause.',
  STORE_UNAVAILABLE: 'The store could not be reached or answered with a server error or throttling. Retried.',
  KAFKA_ACCESS_DENIED:
    'The cluster refused the credentials or the permission. Check SOURCE_KAFKA_* and TARGET_KAFKA_*.',
  KAFKA_RECORD_TOO_LARGE: 'A record is larger than the topic allows. Raise max.message.bytes of the topic.',
  KAFKA_REJECTED: 'The cluster refused the request for another reason, named in the cause.',
  KAFKA_UNAVAILABLE: 'The cluster could not be reached or did not answer in time. Retried.',
  MAPPING_REFUSED: 'Lambda refused to make or change an event source mapping. The message says why; a quota, mostly.',
  DEAD_LETTER_UNREACHABLE: 'Failed records could not be put aside. The invocation fails, so the trigger repeats it.',
  UNEXPECTED: 'An error without a code of its own. Please report it with its cause.',
} as const

export type ErrorCode = keyof typeof errorCodes

interface ErrorDetails extends Partial<TopicPartition> {
  offset?: number
  retryable?: boolean
  cause?: unknown
}

/** An error with a stable code. It never carries a payload or a secret: it goes to logs and dead-letter headers. */
export class CodedError extends Error {
  readonly code: ErrorCode
  /** Whether the same request may succeed a little later. */
  readonly retryable: boolean
  readonly topic?: string
  readonly partition?: number
  readonly offset?: number

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { retryable = false, cause, topic, partition, offset } = details
    super(message, { cause })
    this.name = code
    this.code = code
    this.retryable = retryable
    this.topic = topic
    this.partition = partition
    this.offset = offset
  }
}

/** Any thrown value as a CodedError; one without a code becomes `UNEXPECTED`, its own error kept as the cause. */
export function asCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CodedError('UNEXPECTED', message, { cause: error })
}
