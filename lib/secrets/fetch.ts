import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { CodedError } from '../failure/error.ts'
import { retryUntil } from '../failure/retry.ts'
import { callAws } from './aws-request.ts'
import type { SecretReference } from './reference.ts'

/** Passing errors are repeated for so long: a cold start waits for it. */
const PATIENCE_MS = 10_000

/**
 * The whole text that is kept there, now.
 *
 * @throws CodedError `SECRET_UNREADABLE`
 */
export async function fetchSecret({ kind, id }: SecretReference): Promise<string> {
  const read = kind === 'secret' ? secretValue : parameterValue
  const text = await retryUntil(Date.now() + PATIENCE_MS, signal =>
    read(id, signal).catch(cause => {
      throw unreadable(id, cause)
    }),
  )
  if (typeof text === 'string') return text
  throw new CodedError('SECRET_UNREADABLE', `Could not read ${id}: it holds no text`)
}

function unreadable(id: string, cause: Error & Parameters<typeof isTransientError>[0]): CodedError {
  const timedOut = cause.name === 'TimeoutError'
  const retryable = timedOut || isTransientError(cause) || isThrottlingError(cause) || isServerError(cause)
  return new CodedError('SECRET_UNREADABLE', `Could not read ${id}: ${cause.message || cause.name}`, {
    retryable,
    cause,
  })
}

/** Source: AWS Secrets Manager API Reference, "GetSecretValue". */
async function secretValue(SecretId: string, signal: AbortSignal): Promise<unknown> {
  const request = {
    service: 'secretsmanager',
    target: 'secretsmanager.GetSecretValue',
    region: regionOf(SecretId),
  } as const
  const { SecretString } = await callAws<{ SecretString?: unknown }>(request, { SecretId }, signal)
  return SecretString
}

/** Source: AWS Systems Manager API Reference, "GetParameter". */
async function parameterValue(Name: string, signal: AbortSignal): Promise<unknown> {
  const request = { service: 'ssm', target: 'AmazonSSM.GetParameter', region: regionOf(Name) } as const
  const input = { Name, WithDecryption: true }
  const { Parameter } = await callAws<{ Parameter?: { Value?: unknown } }>(request, input, signal)
  return Parameter?.Value
}

/** An ARN names the region; for a name it is the function's own. */
function regionOf(id: string): string {
  const region = id.startsWith('arn:') ? id.split(':')[3] : process.env.AWS_REGION
  if (region) return region
  throw new CodedError('CONFIG_INVALID', `AWS_REGION: expected the region of the parameter ${id}, got nothing`)
}
