import { CodedError } from '../../error.ts'
import type { TopicPartition } from '../../record.ts'
import { protocolErrorsOf, type RefusalCode, refusalCodes } from '../error.ts'

/**
 * What each error of a produce response is about: one or more records of the batch, by their code, or else the topic, the
 * producer or the broker, so that no record of the batch can be stored at present. An error that is not listed is about the
 * broker, too.
 *
 * Source: Apache Kafka, `ProduceResponse`, "Possible error code"; `LogValidator` for INVALID_TIMESTAMP.
 */
const blames = {
  MESSAGE_TOO_LARGE: 'KAFKA_RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'KAFKA_RECORD_TOO_LARGE',
  INVALID_TIMESTAMP: 'KAFKA_TIMESTAMP_REFUSED',
  INVALID_RECORD: 'KAFKA_RECORD_REFUSED',
  CORRUPT_MESSAGE: 'KAFKA_RECORD_REFUSED',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'topic',
  UNKNOWN_TOPIC_OR_PARTITION: 'topic',
  INVALID_TOPIC_EXCEPTION: 'topic',
  TOPIC_AUTHORIZATION_FAILED: 'topic',
  CLUSTER_AUTHORIZATION_FAILED: 'producer',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'producer',
  INVALID_REQUIRED_ACKS: 'producer',
  INVALID_PRODUCER_EPOCH: 'producer',
  INVALID_TXN_STATE: 'producer',
  INVALID_PRODUCER_ID_MAPPING: 'producer',
  CONCURRENT_TRANSACTIONS: 'producer',
  NOT_LEADER_OR_FOLLOWER: 'broker',
  NOT_ENOUGH_REPLICAS: 'broker',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'broker',
} as const satisfies Record<string, RefusalCode | 'topic' | 'producer' | 'broker'>

/** A broker refuses a batch for some of its records, and stores none of the batch. */
export class BatchRefusedError extends CodedError {
  declare readonly code: RefusalCode
  /** The records that the broker names, by their positions in the batch; empty if it names none. */
  readonly blamed: Blamed[]
  /** Whether the bytes may have been damaged on their way. Before Kafka 2.4 it may also be a refusal. */
  readonly maybeDamaged: boolean

  constructor(code: RefusalCode, message: string, blamed: Blamed[], maybeDamaged: boolean) {
    super(code, message)
    this.blamed = blamed
    this.maybeDamaged = maybeDamaged
  }
}

interface Blamed {
  position: number
  error: CodedError
}

/** The parts of a produce response that name records. Source: Apache Kafka, `ProduceResponse.json`, since version 8. */
interface AnsweredPartition {
  errorMessage?: string | null
  recordErrors?: { batchIndex: number; batchIndexErrorMessage: string | null }[]
}

interface ResponseError {
  response?: { responses?: { partitionResponses: AnsweredPartition[] }[] }
}

/** The refusal that an error of the Kafka client stands for; undefined if it is about no record. */
export function refusalOf(thrown: unknown, place: TopicPartition): BatchRefusedError | undefined {
  const name = protocolErrorsOf(thrown).find(name => name in blames) as keyof typeof blames | undefined
  const code = name && refusalCodes.find(code => code === blames[name])
  if (code === undefined) return undefined
  const { errorMessage, recordErrors = [] } =
    (thrown as ResponseError).response?.responses?.[0]?.partitionResponses[0] ?? {}
  const blamed = recordErrors.map(({ batchIndex, batchIndexErrorMessage: reason }) => ({
    position: batchIndex,
    error: refusedRecord(codeFor(code, reason), place, reason ?? errorMessage ?? undefined),
  }))
  const { message } = refusedRecord(code, place, errorMessage ?? undefined)
  return new BatchRefusedError(code, message, blamed, name === 'CORRUPT_MESSAGE')
}

/** A batch with one wrong timestamp gets the error for timestamps, whatever is wrong with its other records. */
function codeFor(code: RefusalCode, reason: string | null): RefusalCode {
  return code === 'KAFKA_TIMESTAMP_REFUSED' && reason && !/timestamp/i.test(reason) ? 'KAFKA_RECORD_REFUSED' : code
}

const refusals: Record<RefusalCode, string> = {
  KAFKA_RECORD_TOO_LARGE: 'The record is too large for the topic',
  KAFKA_TIMESTAMP_REFUSED: 'The record’s timestamp is refused by the topic',
  KAFKA_RECORD_REFUSED: 'The record is refused by the topic',
}

/** A broker's message may quote what a plug-in of the broker says, at any length. */
const MAX_REASON_LENGTH = 300

function refusedRecord(code: RefusalCode, place: TopicPartition, reason?: string): CodedError {
  const message = `${refusals[code]} ${place.topic}${reason ? `: ${reason.slice(0, MAX_REASON_LENGTH)}` : '.'}`
  return new CodedError(code, message, { ...place })
}
