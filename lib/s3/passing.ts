import type { S3Client } from '@aws-sdk/client-s3'
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'

/** Source: RFC 9110, section 15.5.5. */
export const NOT_FOUND = 404
export const FORBIDDEN = 403

/** The status of a conditional request whose condition does not hold. Source: RFC 9110, section 15.5.13. */
export const PRECONDITION_FAILED = 412

/** An error of the S3 client. Its status is the store's, or that of a proxy that opened no tunnel to it. */
export type SdkError = Error &
  Parameters<typeof isTransientError>[0] & {
    code?: string
    statusCode?: number
    $metadata?: { httpStatusCode?: number; attempts?: number }
    $response?: { headers?: Record<string, string> }
  }

/** The store's clock and this one differ by more than 15 minutes, or the request was on its way for as long. */
const clockErrors = ['RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed']

/** S3's error for a conditional write while another write of the same key is in progress. */
export const CONFLICT = 'ConditionalRequestConflict'

/** S3's error for an upload in parts that has been completed or aborted. */
export const NO_SUCH_UPLOAD = 'NoSuchUpload'

/**
 * Transient errors in addition to those that the SDK knows: an attempt that timed out, a concurrent write of the same key, a
 * body damaged in transit, a part that was sent twice and has another ETag each time, and a multipart upload that no longer
 * exists, most likely because it was completed but the answer was lost. An error about the clock may pass, too: see {@link repeatPassing}.
 */
const passing = [
  ...clockErrors,
  'AbortError',
  'BadDigest',
  CONFLICT,
  'IncompleteBody',
  'InvalidPart',
  NO_SUCH_UPLOAD,
  'OperationAborted',
  'TimeoutError',
  'XAmzContentSHA256Mismatch',
]

/** Request Timeout and Too Many Requests. */
const passingStatuses = [408, 429]

/**
 * Redirections of this request only. S3 answers 307 until the new bucket's name is known everywhere.
 * Source: Amazon S3 User Guide, "Making requests by using the REST API", "Request redirection"; RFC 9110, section 15.4.
 */
const passingRedirections = [302, 303, 307]

/** Node.js's error code for a proxy that opened no tunnel, which the SDK doesn't know. Source: Node.js, "Errors". */
const CLOSED_TUNNEL = 'ERR_PROXY_TUNNEL'

/** The status that the store answered, or a proxy that opened no tunnel to it; 0 without an answer. */
export function statusOf(error: unknown): number {
  const { $metadata, statusCode = 0 } = error as SdkError
  return $metadata?.httpStatusCode ?? statusCode
}

/** How often the client has sent the request that failed. */
export function attemptsOf({ $metadata }: SdkError): number {
  return $metadata?.attempts ?? 1
}

export function isAboutClock({ name }: SdkError): boolean {
  return clockErrors.includes(name)
}

/** Whether the error is transient. A store that lacks an option (501) will still lack it when the request is repeated. */
export function passes(error: SdkError): boolean {
  const status = statusOf(error)
  if (status === 501) return false
  if (error.code === CLOSED_TUNNEL) return status === 0 || status >= 500 || passingStatuses.includes(status)
  if (passing.includes(error.name) || [...passingStatuses, ...passingRedirections].includes(status)) return true
  return isTransientError(error) || isThrottlingError(error) || isServerError(error)
}

/**
 * Makes the client itself repeat what a new signature or a moment mends. The SDK repeats an error about the clock only when
 * the answer's date differs from this clock by four minutes; a request that was on its way for too long, and one of several
 * at the same time, was refused for good. A conditional write that met another write of the same key should be sent again
 * (source: Amazon S3 API Reference, "PutObject", If-None-Match).
 */
export function repeatPassing(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        try {
          return await next(args)
        } catch (thrown) {
          const error = thrown as SdkError
          const isConflict = commandName === 'PutObjectCommand' && error.name === CONFLICT
          if (isConflict || isAboutClock(error) || passingRedirections.includes(statusOf(error)))
            throw Object.assign(error, { $retryable: {} })
          throw error
        }
      },
    { name: 'repeatPassing', step: 'deserialize', priority: 'high' },
  )
}
