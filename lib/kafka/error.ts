import { CodedError, type ErrorCode } from '../error.ts'
import { missingPermission } from './permission.ts'

/** The common fields of the Kafka client's errors. An error may wrap several others, or have one as its cause. */
interface ClientError extends Error {
  code?: string
  /** Name of the protocol error. */
  apiId?: string
  /** The broker's own message. */
  serverErrorMessage?: string | null
  canRetry?: boolean
  /** Whether the client closed the connection because another request on it had failed. */
  closed?: boolean
  errors?: ClientError[]
  /** The message of the whole error that this one was part of: see `partialAnswer`. */
  request?: string
}

/** Protocol errors with a specific code. Source: Apache Kafka, protocol guide, "Error codes". */
const codes: Record<string, ErrorCode> = {
  SASL_AUTHENTICATION_FAILED: 'KAFKA_ACCESS_DENIED',
  UNSUPPORTED_SASL_MECHANISM: 'KAFKA_ACCESS_DENIED',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'KAFKA_ACCESS_DENIED',
  TOPIC_AUTHORIZATION_FAILED: 'KAFKA_ACCESS_DENIED',
  GROUP_AUTHORIZATION_FAILED: 'KAFKA_ACCESS_DENIED',
  CLUSTER_AUTHORIZATION_FAILED: 'KAFKA_ACCESS_DENIED',
  MESSAGE_TOO_LARGE: 'KAFKA_RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'KAFKA_RECORD_TOO_LARGE',
}

/** The codes of errors by which a topic refuses single records. The connection and the topic's other records are fine. */
export const refusalCodes = ['KAFKA_RECORD_TOO_LARGE', 'KAFKA_TIMESTAMP_REFUSED', 'KAFKA_RECORD_REFUSED'] as const
export type RefusalCode = (typeof refusalCodes)[number] & ErrorCode

/** A topic or partition does not exist. Retryable while some brokers may not know a new one yet. */
export class UnknownTopicError extends CodedError {
  declare readonly topic: string

  constructor(topic: string, message: string, retryable: boolean) {
    super('KAFKA_REJECTED', message, { topic, retryable })
  }
}

/** Returns the error, made retryable if it says that one of these topics does not exist: the next attempt creates it. */
export function retryableOnceCreated(thrown: unknown, topics: string[]): unknown {
  if (!(thrown instanceof UnknownTopicError) || !topics.includes(thrown.topic)) return thrown
  return new UnknownTopicError(thrown.topic, thrown.message, true)
}

/** Converts an error of the Kafka client to a CodedError. `action` completes "Could not …": `send 3 records to <topic>`. */
export function kafkaError(thrown: unknown, action: string): CodedError {
  if (thrown instanceof CodedError) return thrown
  const errors = [...errorsWithin(thrown as ClientError)]
  const innermost = errors.at(-1) as ClientError
  const ours = errors.find(error => error instanceof CodedError)
  if (ours) return ours
  const message = `Could not ${action}: ${innermost.serverErrorMessage || innermost.message || innermost.code || innermost.name}`
  const code = errors.map(codeOf).find(code => code !== undefined)
  if (code) return new CodedError(code, withPermission(message, errors), { cause: thrown })
  // The client also marks a login as not retryable if the connection broke during it, which says nothing about the login.
  const refused = errors.some(
    ({ code, canRetry, closed }) => canRetry === false && !closed && code !== 'PLT_KFK_AUTHENTICATION',
  )
  if (refused) return new CodedError('KAFKA_REJECTED', message, { cause: thrown })
  return new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, cause: thrown })
}

/** Names of the protocol errors within an error of the Kafka client. */
export function protocolErrorsOf(thrown: unknown): string[] {
  return [...errorsWithin(thrown as ClientError)].flatMap(({ apiId }) => apiId ?? [])
}

/** How the client says which request has failed. */
const REQUEST = /executing API (\w+)\(v/

/** The message, with what the login lacks when that is why the cluster has refused a request. */
function withPermission(message: string, errors: ClientError[]): string {
  const [, request = ''] =
    errors.map(({ message, request = message }) => REQUEST.exec(request)).find(found => found) ?? []
  const [missing] = errors.flatMap(({ apiId = '' }) => missingPermission(apiId, request) ?? [])
  return missing ? `${message.replace(/\.$/, '')}. ${missing}` : message
}

function codeOf({ apiId, code, cause }: ClientError): ErrorCode | undefined {
  // Without a cause, the client itself rejected the server's final message.
  if (code === 'PLT_KFK_AUTHENTICATION' && !cause) return 'KAFKA_ACCESS_DENIED'
  return apiId === undefined ? undefined : codes[apiId]
}

/** The error and all errors within it, outermost first. */
function* errorsWithin(error: ClientError): Generator<ClientError> {
  yield error
  for (const inner of error.errors ?? []) yield* errorsWithin(inner)
  if (error.cause instanceof Error) yield* errorsWithin(error.cause)
}
