import { type AwsError, createJsonClient } from '../aws/json-client.ts'
import { CodedError } from '../error.ts'
import { retryUntil } from '../retry.ts'
import type { SecretReference } from './reference.ts'

/** How long transient errors are retried. A cold start waits for this. */
const PATIENCE_MS = 10_000

/**
 * Fetches the current text of a secret or parameter, whole even if the reference names a field.
 *
 * @throws CodedError `SECRET_UNREADABLE`
 */
export async function fetchSecret({ kind, id }: SecretReference): Promise<string> {
  const read = kind === 'secret' ? secretReader(id) : parameterReader(id)
  const text = await retryUntil(Date.now() + PATIENCE_MS, signal =>
    read(signal).catch(cause => {
      throw unreadable(id, cause)
    }),
  )
  if (typeof text === 'string') return text
  throw new CodedError('SECRET_UNREADABLE', `Could not read ${id}: it contains no text`)
}

function unreadable(id: string, cause: AwsError): CodedError {
  const { message, retryable } = cause
  return new CodedError('SECRET_UNREADABLE', `Could not read ${id}: ${message}`, { retryable, cause })
}

type Reader = (signal: AbortSignal) => Promise<unknown>

/** Source: AWS Secrets Manager API Reference, "GetSecretValue". */
function secretReader(SecretId: string): Reader {
  const call = createJsonClient({ service: 'secretsmanager', region: regionOf(SecretId) })
  return async signal => {
    const output = await call('secretsmanager.GetSecretValue', { SecretId }, signal)
    return (output as { SecretString?: unknown } | undefined)?.SecretString
  }
}

/** Source: AWS Systems Manager API Reference, "GetParameter". */
function parameterReader(Name: string): Reader {
  const call = createJsonClient({ service: 'ssm', region: regionOf(Name) })
  return async signal => {
    const output = await call('AmazonSSM.GetParameter', { Name, WithDecryption: true }, signal)
    return (output as { Parameter?: { Value?: unknown } } | undefined)?.Parameter?.Value
  }
}

/** The region of an ARN; for a name, the function's own region. */
function regionOf(id: string): string {
  const region = id.startsWith('arn:') ? id.split(':')[3] : process.env.AWS_REGION
  if (region) return region
  throw new CodedError('CONFIG_INVALID', `AWS_REGION: expected the region of the parameter ${id}, got nothing`)
}
