import { CodedError, type ErrorCode } from '../failure/error.ts'

/** What the Kafka client's errors have in common; `findBy` looks into the errors that an error stands for, too. */
interface ClientError extends Error {
  code?: string
  findBy?(property: string, value: unknown): ClientError | null
  errors?: ClientError[]
}

/** The protocol's errors that mean something of their own here. Source: Apache Kafka, protocol guide, "Error codes". */
const codes: [ErrorCode, property: string, value: string][] = [
  ['KAFKA_ACCESS_DENIED', 'code', 'PLT_KFK_AUTHENTICATION'],
  ['KAFKA_ACCESS_DENIED', 'apiId', 'TOPIC_AUTHORIZATION_FAILED'],
  ['KAFKA_ACCESS_DENIED', 'apiId', 'CLUSTER_AUTHORIZATION_FAILED'],
  ['KAFKA_RECORD_TOO_LARGE', 'apiId', 'MESSAGE_TOO_LARGE'],
  ['KAFKA_RECORD_TOO_LARGE', 'apiId', 'RECORD_LIST_TOO_LARGE'],
]

/** An error of the Kafka client with one of our codes. `action` says what was tried, as in `send 3 records to <topic>`. */
export function kafkaError(thrown: unknown, action: string): CodedError {
  if (thrown instanceof CodedError) return thrown
  const error = thrown as ClientError
  const message = `Could not ${action}: ${reason(error)}`
  const known = codes.find(([, property, value]) => error.findBy?.(property, value))
  if (known) return new CodedError(known[0], message, { cause: error })
  const refused = error.findBy?.('canRetry', false)
  if (refused) return new CodedError('KAFKA_REJECTED', message, { cause: error })
  return new CodedError('KAFKA_UNAVAILABLE', message, { retryable: true, cause: error })
}

/** The innermost reason: the outer ones only say that something failed several times. */
function reason(error: ClientError): string {
  const inner = error.errors?.at(-1) ?? (error.cause as ClientError | undefined)
  return inner ? reason(inner) : error.message || error.code || error.name
}
