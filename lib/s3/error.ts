import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { CodedError, type ErrorCode } from '../error.ts'
import { UnrecognizedAnswer } from './answer.ts'
import { MAX_MESSAGE } from './answer-body.ts'
import type { StoreSettings } from './settings.ts'

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

/**
 * Converts an error of the S3 client to one with our codes.
 *
 * @param action what failed, such as `put <key> into <bucket>`
 * @param settings of the store, for what the message advises
 */
export function storeError(thrown: unknown, action: string, settings: StoreSettings): CodedError {
  const error = thrown as SdkError
  const message = `Could not ${action}: ${reason(error, settings)}`
  if (error instanceof UnrecognizedAnswer)
    return new CodedError('STORE_ANSWER_INVALID', message, { retryable: true, cause: error })
  const code = codes[error.name]
  if (!code && passes(error)) return new CodedError('STORE_UNAVAILABLE', message, { retryable: true, cause: error })
  const denied = [403, PROXY_LOGIN_REQUIRED].includes(statusOf(error)) ? 'STORE_ACCESS_DENIED' : 'STORE_REJECTED'
  return new CodedError(code ?? denied, message, { cause: error })
}

/** The status that the store answered, or a proxy that opened no tunnel to it; 0 without an answer. */
export function statusOf(error: unknown): number {
  const { $metadata, statusCode = 0 } = error as SdkError
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
function reason(error: SdkError, settings: StoreSettings): string {
  const { message, code, name } = error
  if (error instanceof UnrecognizedAnswer) return `${placeOf(settings)} answered ${message}, as no store does`
  if (name === 'AbortError') return 'the attempt timed out'
  if (message === 'UnknownError')
    return `HTTP status ${statusOf(error)} without a store’s error, from ${placeOf(settings)}`
  return (message || code || name).slice(0, MAX_MESSAGE)
}

/** Where the answer came from, as the settings name it. */
function placeOf({ endpoint, region }: StoreSettings): string {
  return endpoint ? `S3_ENDPOINT ${endpoint}` : `AWS S3 in ${region}`
}
