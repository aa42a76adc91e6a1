import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { CodedError, type ErrorCode } from '../error.ts'

type SdkError = Error & Parameters<typeof isTransientError>[0] & { code?: string; statusCode?: number }

/** Our error codes by S3's error names. Source: Amazon S3 API Reference, "Error responses". */
const codes: Record<string, ErrorCode> = {
  AccessDenied: 'STORE_ACCESS_DENIED',
  AccountProblem: 'STORE_ACCESS_DENIED',
  AllAccessDisabled: 'STORE_ACCESS_DENIED',
  CredentialsProviderError: 'STORE_ACCESS_DENIED',
  ExpiredToken: 'STORE_ACCESS_DENIED',
  InvalidAccessKeyId: 'STORE_ACCESS_DENIED',
  InvalidToken: 'STORE_ACCESS_DENIED',
  SignatureDoesNotMatch: 'STORE_ACCESS_DENIED',
  NoSuchBucket: 'STORE_BUCKET_MISSING',
}

/**
 * Transient errors in addition to those that the SDK knows: an attempt that timed out, a concurrent write of the same key, a
 * body damaged in transit, and a multipart upload that no longer exists, most likely because it was completed but the answer
 * was lost.
 */
const passing = [
  'AbortError',
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'NoSuchUpload',
  'OperationAborted',
  'TimeoutError',
  'XAmzContentSHA256Mismatch',
]

const PROXY_LOGIN_REQUIRED = 407

/** Request Timeout and Too Many Requests. */
const passingStatuses = [408, 429]

/** Node.js's error code for a proxy that opened no tunnel, which the SDK doesn't know. Source: Node.js, "Errors". */
const CLOSED_TUNNEL = 'ERR_PROXY_TUNNEL'

/** Converts an error of the S3 client to one with our codes. `action` says what failed, such as `put <key> into <bucket>`. */
export function storeError(thrown: unknown, action: string): CodedError {
  const error = thrown as SdkError
  const message = `Could not ${action}: ${reason(error)}`
  if (passes(error)) return new CodedError('STORE_UNAVAILABLE', message, { retryable: true, cause: error })
  const denied = [403, PROXY_LOGIN_REQUIRED].includes(statusOf(error)) ? 'STORE_ACCESS_DENIED' : 'STORE_REJECTED'
  return new CodedError(codes[error.name] ?? denied, message, { cause: error })
}

/** The status that the store answered, or a proxy that opened no tunnel to it; 0 without an answer. */
function statusOf({ $metadata, statusCode = 0 }: SdkError): number {
  return $metadata?.httpStatusCode ?? statusCode
}

/** Whether the error is transient. A store that lacks an option (501) will still lack it when the request is repeated. */
function passes(error: SdkError): boolean {
  const status = statusOf(error)
  if (status === 501) return false
  if (error.code === CLOSED_TUNNEL) return status === 0 || status >= 500 || passingStatuses.includes(status)
  if (passing.includes(error.name) || passingStatuses.includes(status)) return true
  return isTransientError(error) || isThrottlingError(error) || isServerError(error)
}

/**
 * A connection error has an empty message if several addresses were tried, so its code is used. An answer that did not come
 * from a store has only a status. The SDK reports an attempt that timed out merely as aborted.
 */
function reason({ message, code, name, $metadata }: SdkError): string {
  if (name === 'AbortError') return 'the attempt timed out'
  return message === 'UnknownError' ? `HTTP status ${$metadata?.httpStatusCode}` : message || code || name
}
