import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda'
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { withoutQuotedRequest } from '../aws/quoted-request.ts'
import { CodedError } from '../error.ts'

/**
 * Requests until one counts as failed. Lambda accepts 15 a second from the whole account, so connectors that change many
 * mappings at the same time wait for each other: with the SDK's three attempts, most of them fail. Source: AWS Lambda,
 * "Lambda quotas".
 */
const MAX_ATTEMPTS = 10

/** A client that slows down when Lambda throttles it. Source: AWS SDKs and Tools Reference Guide, "Retry behavior". */
export function createLambdaClient(config: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({ retryMode: 'adaptive', maxAttempts: MAX_ATTEMPTS, ...config })
}

/** How Lambda's API denies a request. Source: AWS Lambda API Reference, "Common Error Types". */
export function isDenied(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'AccessDeniedException'
}

/** Where credentials are wrong, or something changes requests on their way. Source: AWS Lambda API Reference, "Common Error Types". */
function isWronglySigned(thrown: unknown): thrown is Error {
  return thrown instanceof Error && ['InvalidSignatureException', 'IncompleteSignature'].includes(thrown.name)
}

/**
 * Converts an error of the SDK that the same request may not meet again, such as throttling, to `LAMBDA_UNAVAILABLE`, and one by
 * which a request is denied to `LAMBDA_ACCESS_DENIED`, whose message names the permission, or says that the signature is wrong; any
 * other error stays as it is.
 *
 * @param action what failed, such as `list the event source mappings`
 */
export function lambdaError(thrown: unknown, action: string): unknown {
  const error = thrown as Error & Parameters<typeof isTransientError>[0]
  if (isDenied(thrown))
    return new CodedError('LAMBDA_ACCESS_DENIED', `Could not ${action}: ${thrown.message}`, { cause: thrown })
  // Without the cause: its message quotes the request.
  if (isWronglySigned(thrown))
    return new CodedError('LAMBDA_ACCESS_DENIED', `Could not ${action}: ${withoutQuotedRequest(thrown.message)}`)
  if (!isThrottlingError(error) && !isTransientError(error) && !isServerError(error)) return thrown
  const message = `Could not ${action}: ${error.message || error.name}`
  return new CodedError('LAMBDA_UNAVAILABLE', message, { retryable: true, cause: error })
}
