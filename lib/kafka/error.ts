import { CodedError, type ErrorCode } from '../error.ts'

/** What the Kafka client's errors have in common. One error may stand for several, or for another beneath it. */
interface ClientError extends Error {
  code?: string
  /** Name of the protocol's error. */
  apiId?: string
  /** What the broker says beyond that. */
  serverErrorMessage?: string | null
  canRetry?: boolean
  /** The connection was closed on our side, because another request had failed on it. */
  closed?: boolean
  errors?: ClientError[]
}

/** The protocol's errors that mean something of their own here. Source: Apache Kafka, protocol guide, "Error codes". */
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

/** A topic, or a partition of one, isn't there. Retryable while a new one may be unknown to some brokers. */
export class UnknownTopicError extends CodedError {
  declare readonly topic: string

  constructor(topic: string, message: string, retryable: boolean) {
    super('KAFKA_REJECTED', message, { topic, retryable })
  }
}

/** The error, or, when it says that one of these topics isn't there, a retryable one: the next attempt creates it. */
export function retryableOnceCreated(thrown: unknown, topics: string[]): unknown {
  if (!(thrown instanceof UnknownTopicError) || !topics.includes(thrown.topic)) return thrown
  return new UnknownTopicError(thrown.topic, thrown.message, true)
}

/** An error of the Kafka client with one of our codes. `action` says what was tried, as in `send 3 records to <topic>`. */
export function kafkaError(thrown: unknown, action: string): CodedError {
  if (thrown instanceof CodedError) return thrown
  const errors = [...errorsWithin(thrown as ClientError)]
  const innermost = errors.at(-1) as ClientError
  const ours = errors.find(error => error instanceof CodedError)
  if (ours) return ours
  const message = `Could not ${action}: ${innermost.serverErrorMessage || innermost.message || innermost.code || innermost.name}`
  const code = errors.map(codeOf).find(code => code !== undefined)
  if (code) return new CodedError(code, message, { cause: thrown })
  // A login fails without a retry, too, when the connection broke meanwhile: that is not the login's fault.
  const refused = errors.some(
    ({ code, canRetry, closed }) => canRetry === false && !closed && code !== 'PLT_KFK_AUTHENTICATION',
  )
  if (refused) return new CodedError('KAFKA_REJECTED', message, { cause: thrown })
  return new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, cause: thrown })
}

/** Names of the protocol's errors in an error of the Kafka client. */
export function protocolErrorsOf(thrown: unknown): string[] {
  return [...errorsWithin(thrown as ClientError)].flatMap(({ apiId }) => apiId ?? [])
}

function codeOf({ apiId, code, cause }: ClientError): ErrorCode | undefined {
  // Without a cause it was the client that found the server's last word wrong.
  if (code === 'PLT_KFK_AUTHENTICATION' && !cause) return 'KAFKA_ACCESS_DENIED'
  return apiId === undefined ? undefined : codes[apiId]
}

/** The error and all beneath it, outer ones first. */
function* errorsWithin(error: ClientError): Generator<ClientError> {
  yield error
  for (const inner of error.errors ?? []) yield* errorsWithin(inner)
  if (error.cause instanceof Error) yield* errorsWithin(error.cause)
}
