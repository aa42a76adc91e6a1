import { CodedError, type ErrorCode } from '../error.ts'
import { UnrecognizedAnswer } from './answer.ts'
import { MAX_MESSAGE } from './answer-body.ts'
import { isAboutClock, passes, type SdkError, statusOf } from './passing.ts'
import type { StoreSettings } from './settings.ts'

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
  NoSuchKey: 'STORE_OBJECT_MISSING',
}

const PROXY_LOGIN_REQUIRED = 407

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
  // An error that a store found after its status has a status of ours, but its own name.
  const isNamed = code !== undefined && statusOf(error) >= 500
  if (!isNamed && passes(error)) return new CodedError('STORE_UNAVAILABLE', message, { retryable: true, cause: error })
  const denied = [403, PROXY_LOGIN_REQUIRED].includes(statusOf(error)) ? 'STORE_ACCESS_DENIED' : 'STORE_REJECTED'
  return new CodedError(code ?? denied, message, { cause: error })
}

/**
 * A connection error has an empty message if several addresses were tried, so its code is used. An answer that did not come
 * from a store has only a status. The SDK reports an attempt that timed out merely as aborted.
 */
function reason(error: SdkError, settings: StoreSettings): string {
  const { message, code, name } = error
  if (error instanceof UnrecognizedAnswer) return `${placeOf(settings)} answered ${message}, as no store does`
  if (name === 'AbortError') return 'the attempt timed out'
  const status = `HTTP status ${statusOf(error)} without a store’s error, from ${placeOf(settings)}`
  const said = message === 'UnknownError' ? status : (message || code || name).slice(0, MAX_MESSAGE)
  const advised = advice(error, settings)
  return advised ? `${said.replace(/\.$/, '')}. ${advised}` : said
}

/** What to do about an error whose message doesn't say it. */
function advice(error: SdkError, settings: StoreSettings): string | undefined {
  const status = statusOf(error)
  const headers = error.$response?.headers ?? {}
  if (isAboutClock(error)) {
    const now = new Date().toUTCString()
    return `The store’s clock says ${headers.date ?? 'nothing'}, and this machine’s ${now}: set the one that is wrong`
  }
  if (status > 300 && status < 400) return redirection(headers, settings)
  // A body that was damaged on its way has an error about checksums, too, but it passes.
  const isRefused = status === 501 || (!passes(error) && /checksum|trailer/i.test(error.message))
  if (settings.checksum !== 'none' && isRefused)
    return 'If the store doesn’t know the checksums of AWS’s clients, set S3_CHECKSUM=none'
  return undefined
}

/** Where the store would have the request, without the path, which may hold anything. */
function redirection(headers: Record<string, string>, { endpoint, region }: StoreSettings): string {
  const place = URL.parse(headers.location ?? '')?.origin ?? 'an address that it doesn’t name'
  const bucketRegion = headers['x-amz-bucket-region']
  const wrongRegion = bucketRegion !== undefined && bucketRegion !== region
  const setting = wrongRegion
    ? `S3_REGION to ${bucketRegion}`
    : endpoint
      ? 'S3_ENDPOINT to it'
      : 'S3_REGION to the bucket’s'
  return `It redirects to ${place}: if that lasts, set ${setting}`
}

/** Where the answer came from, as the settings name it. */
function placeOf({ endpoint, region }: StoreSettings): string {
  return endpoint ? `S3_ENDPOINT ${endpoint}` : `AWS S3 in ${region}`
}
