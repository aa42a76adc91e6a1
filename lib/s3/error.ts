import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { CodedError, type ErrorCode } from '../error.ts'

type SdkError = Error & Parameters<typeof isTransientError>[0] & { code?: string; statusCode?: number }

/** Error names of S3 by what they mean here. Source: Amazon S3 API Reference, "Error responses". */
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
 * Errors that pass, besides those that the SDK knows: the end of an attempt's time, another write of the same key at the
 * same time, a body that was damaged on its way, and an upload in parts that is gone, most likely because only the answer
 * to its completion was lost.
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

/** What Node.js says of a proxy that opened no tunnel, which the SDK doesn't know. Source: Node.js, "Errors". */
const CLOSED_TUNNEL = 'ERR_PROXY_TUNNEL'

/** An error of the S3 client with one of our codes. `action` says what was tried, as in `put <key> into <bucket>`. */
export function storeError(thrown: unknown, action: string): CodedError {
  const error = thrown as SdkError
  const message = `Could not ${action}: ${reason(error)}`
  if (passes(error)) return new CodedError('STORE_UNAVAILABLE', message, { retryable: true, cause: error })
  const denied = [403, PROXY_LOGIN_REQUIRED].includes(statusOf(error)) ? 'STORE_ACCESS_DENIED' : 'STORE_REJECTED'
  return new CodedError(codes[error.name] ?? denied, message, { cause: error })
}

/** Status of the answer: the store's, or that of a proxy that opened no way to it; 0 without an answer. */
function statusOf({ $metadata, statusCode = 0 }: SdkError): number {
  return $metadata?.httpStatusCode ?? statusCode
}

/** The SDK's own classification, and ours. A store that doesn't know an option (501) never will. */
function passes(error: SdkError): boolean {
  const status = statusOf(error)
  if (status === 501) return false
  if (error.code === CLOSED_TUNNEL) return status === 0 || status >= 500 || passingStatuses.includes(status)
  if (passing.includes(error.name) || passingStatuses.includes(status)) return true
  return isTransientError(error) || isThrottlingError(error) || isServerError(error)
}

/**
 * A connection error's message is empty where several addresses were tried; its code says what happened. Where the answer
 * was no store's, the status has to do. The SDK says of the end of an attempt's time only that it was aborted.
 */
function reason({ message, code, name, $metadata }: SdkError): string {
  if (name === 'AbortError') return 'no success in the time that there was for it'
  return message === 'UnknownError' ? `HTTP status ${$metadata?.httpStatusCode}` : message || code || name
}
