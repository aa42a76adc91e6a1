import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { CodedError, type ErrorCode } from '../failure/error.ts'

type SdkError = Error & Parameters<typeof isTransientError>[0] & { code?: string }

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
  'NoSuchUpload',
  'OperationAborted',
  'TimeoutError',
  'XAmzContentSHA256Mismatch',
]

/** An error of the S3 client with one of our codes. `action` says what was tried, as in `put <key> into <bucket>`. */
export function storeError(thrown: unknown, action: string): CodedError {
  const error = thrown as SdkError
  const message = `Could not ${action}: ${reason(error)}`
  if (passes(error)) return new CodedError('STORE_UNAVAILABLE', message, { retryable: true, cause: error })
  const denied = error.$metadata?.httpStatusCode === 403 ? 'STORE_ACCESS_DENIED' : 'STORE_REJECTED'
  return new CodedError(codes[error.name] ?? denied, message, { cause: error })
}

/** The SDK's own classification, and ours. A store that doesn't know an option (501) never will. */
function passes(error: SdkError): boolean {
  if (error.$metadata?.httpStatusCode === 501) return false
  return passing.includes(error.name) || isTransientError(error) || isThrottlingError(error) || isServerError(error)
}

/**
 * A connection error's message is empty where several addresses were tried; its code says what happened. Where the answer
 * was no store's, the status has to do. The SDK says of the end of an attempt's time only that it was aborted.
 */
function reason({ message, code, name, $metadata }: SdkError): string {
  if (name === 'AbortError') return 'no success in the time that there was for it'
  return message === 'UnknownError' ? `HTTP status ${$metadata?.httpStatusCode}` : message || code || name
}
