import type { TopicPartition } from './record.ts'

/**
 * Who ends the trouble. `person`: settings, permissions or data are wrong, and stay wrong until somebody mends them. `system`:
 * something was away or slow, and the same request is repeated until it succeeds.
 *
 * @public
 */
export type Act = 'person' | 'system'

/** The words that follow a code. */
export const acts: Record<Act, string> = {
  person: 'a person has to act',
  system: 'it passes by itself',
}

/**
 * What is said about a code of an error.
 *
 * @public
 */
export interface ErrorMeaning {
  /** Who has to act. */
  act: Act
  /** What it means, and what to do about it. */
  meaning: string
}

const person = (meaning: string): ErrorMeaning => ({ act: 'person', meaning })
const system = (meaning: string): ErrorMeaning => ({ act: 'system', meaning })

/**
 * Every error code, who has to act, its meaning and what to do about it. Codes are stable: alarms, dead-letter headers and log queries
 * depend on them. The table in docs/failures.md is generated from here.
 *
 * @public
 */
export const errorCodes = {
  CONFIG_INVALID: person(
    'An environment variable is missing or wrong. The message names each one and the expected value.',
  ),
  SECRET_UNREADABLE: person(
    'A secret could not be read. Check its name, the permission to read it, and the network path to the service.',
  ),
  EVENT_UNKNOWN: person(
    'The event does not come from a Kafka trigger. Nothing was written. Check what invokes the function.',
  ),
  EVENT_TOO_LARGE: person(
    'A request to the container is larger than the event of any platform. It is answered with 413. Check what sends it.',
  ),
  RECORD_CONFLICT: person(
    'Two different records with the same topic, partition and offset came at once, from a topic that was recreated or from two clusters. The first is delivered, the second refused.',
  ),
  RECORD_UNDECODABLE: person('A record of the event is malformed. It goes to the abnormal-data topic.'),
  RECORD_LEFT_OUT: person(
    'The platform has left out a record’s content, because it is larger than a request may be. It is named in the log or in the abnormal-data topic, and only Kafka has it: `connectors redrive` fetches it from there.',
  ),
  VALUE_UNDECODABLE: person(
    'A value does not match VALUE_FORMAT or its schema. Its record goes to the abnormal-data topic.',
  ),
  VALUE_TOO_LARGE: person(
    'A value is larger than 16 MB when it is decoded, or nested too deep. Its record goes to the abnormal-data topic.',
  ),
  SCHEMA_INVALID: person(
    'A schema of the registry can’t be used, whatever the value: the message says why. Its records go to the abnormal-data topic.',
  ),
  SCHEMA_UNKNOWN: person(
    'The schema registry has no schema with a value’s schema id, even when it is asked again. Its record goes to the abnormal-data topic.',
  ),
  SCHEMA_REGISTRY_ACCESS_DENIED: person(
    'The schema registry rejected the credentials or denied access. Check SCHEMA_REGISTRY_* or the role.',
  ),
  SCHEMA_REGISTRY_REJECTED: person('The schema registry gave an unexpected answer. Check SCHEMA_REGISTRY_URL.'),
  SCHEMA_REGISTRY_UNAVAILABLE: system(
    'The schema registry could not be reached, had a server error or throttled the request. Retried.',
  ),
  STORE_ACCESS_DENIED: person(
    'The store or its proxy rejected the credentials or denied access. Check the access key, the role, or S3_PROXY_*.',
  ),
  STORE_ANSWER_INVALID: person(
    'The answer did not come from an object store: it lacks what every store sends. Nothing counts as written. Check S3_ENDPOINT and any proxy in between. Retried.',
  ),
  STORE_BUCKET_MISSING: person('The bucket does not exist in this region or at this endpoint. Check S3_BUCKET.'),
  STORE_CREATE_ONCE_MISSING: person(
    'The store can’t create an object only if it does not exist, which compaction needs so that two of its runs can’t undo each other’s work. Set S3_CREATE_ONCE to what the store has, or to single-writer if nothing else ever compacts the same folder.',
  ),
  STORE_OBJECT_MISSING: person(
    'An object that is needed does not exist. The message names it. Check the key, S3_BUCKET and OBJECT_PREFIX, and whether a lifecycle rule or somebody has deleted it.',
  ),
  STORE_OBJECT_DIFFERS: person(
    'An object with the same key but different bytes exists, and S3_IF_NONE_MATCH keeps it. Compare the two and remove one.',
  ),
  STORE_REJECTED: person('The store rejected the request for another reason. The cause names it.'),
  STORE_UNAVAILABLE: system('The store could not be reached, had a server error or throttled the request. Retried.'),
  COMMIT_LOG_DAMAGED: person(
    'An entry of a commit log can’t be read. Its topic-partition stops, and nothing is deleted. The message names the object: restore the version that was created first, or ask for help with a copy of the log.',
  ),
  COMMIT_LOG_OTHER_UNIT: person(
    'A topic was compacted by partition so far and now across partitions, or the other way round. Nothing is written or deleted. Set `across` back, or give the connector another OBJECT_PREFIX.',
  ),
  STAGED_OBJECT_DAMAGED: person(
    'A staged object is not as dump wrote it: cut off, changed, or not one at all. The message names it. Restore it, or read its records again from Kafka; under the policy log, they are left out and the object is put into _quarantine.',
  ),
  DUMP_OBJECT_UNREADABLE: person(
    'An object of a dump can’t be read: it is cut off, changed, or not what its name says. The message names it. Restore it from a copy, or pass over such objects; the report then says which offsets are missing.',
  ),
  RESTORE_FORMAT_LOSSY: person(
    'An object of a dump holds too little to make records of it: the format raw keeps values only. Dump to another format what has to be restored.',
  ),
  COMMIT_LOG_NEWER: person(
    'What is staged or committed was written by a newer version. Nothing was changed. Deploy at least that version.',
  ),
  SNAPSHOT_UNREADABLE: person(
    'A snapshot of topics or consumer groups beside a dump is damaged, or of a newer version. The message names it, and the one before it is used. Restore the object, or deploy at least the version that wrote it.',
  ),
  KAFKA_ACCESS_DENIED: person(
    'The cluster rejected the credentials or denied access. Check SOURCE_KAFKA_* and TARGET_KAFKA_*.',
  ),
  KAFKA_RECORD_TOO_LARGE: person(
    'A record is larger than the topic allows. It goes to the abnormal-data topic. Raise the topic’s max.message.bytes.',
  ),
  KAFKA_TIMESTAMP_REFUSED: person(
    'A record’s timestamp is too far from the present for the topic. It goes to the abnormal-data topic. Raise the topic’s ' +
      'message.timestamp.after.max.ms or message.timestamp.before.max.ms.',
  ),
  KAFKA_RECORD_REFUSED: person(
    'The topic does not accept a record, for example one without a key if the topic is compacted. It goes to the ' +
      'abnormal-data topic. The message has the broker’s reason.',
  ),
  KAFKA_REJECTED: person('The cluster rejected the request for another reason. The cause names it.'),
  KAFKA_UNAVAILABLE: system('The cluster could not be reached or did not answer in time. Retried.'),
  LAMBDA_UNAVAILABLE: system(
    'Lambda’s API could not be reached, had a server error or throttled the requests. The next run continues from there.',
  ),
  OUT_OF_TIME: system(
    'The invocation’s time was over before some records were really tried. Nothing is lost: the trigger delivers them again. Raise the function’s time limit, or lower the batch size.',
  ),
  LAMBDA_ACCESS_DENIED: person(
    'Lambda’s API denied a request. The message names the permission that the function’s role lacks.',
  ),
  MAPPING_REFUSED: person(
    'Lambda refused to create or change an event source mapping. The message says why; usually it is a quota.',
  ),
  FAILURES_TOO_MANY: person(
    'More records have failed than can be listed at once. Nothing was changed. Give a later --since.',
  ),
  DEAD_LETTER_UNREACHABLE: person(
    'Failed records could not be written to the abnormal-data or dead-letter topic. If it doesn’t exist and may not be created, the message has the command that does it. The trigger retries the invocation.',
  ),
  DUMP_OBJECTS_PASSED_OVER: person(
    'A dump has objects that were not restored: their keys are of another template, or compaction has put them into _quarantine. The message names the first one. Restore them by themselves, with their template or as by-content, or see what compaction says of them.',
  ),
  RESTORE_NOTHING_FOUND: person(
    'The dump has nothing of what is selected, or not all topics that are named. Nothing was deleted or produced. The message says what is there instead: correct the place, the topics, or the rest of the selection.',
  ),
  RESTORE_TARGET_NOT_EMPTY: person(
    'A topic to restore to has records that this restore did not write. Nothing was produced. Append to it, purge it by name, or restore to another name.',
  ),
  RESTORE_TARGET_LACKS_RECORDS: person(
    'A target topic no longer has records that this restore has produced: retention or somebody has deleted them. Nothing was produced. Raise its retention and purge it, or restore to another name; append only adds what was not produced yet.',
  ),
  RESTORE_CONFLICTS: person(
    'Objects of the dump have different records with the same offsets, as after a topic was made again: the restored topic is a mixture. A strict restore refuses it. Restore one generation by a time, or from its own prefix.',
  ),
  RESTORE_OUT_OF_ORDER: person(
    'Records would come behind later ones of their partition, which the same restore has produced before, with another selection or without some objects. Restore to another name, purge the topic, or append.',
  ),
  RESTORE_TARGET_CHANGED: person(
    'A target topic was deleted and made again while records were restored to it. Run the restore again: it starts over with this topic. Where records are written at least once, purge the topic then, as the message says.',
  ),
  RESTORE_OFFSETS_MISSING: person(
    'The dump lacks offsets, and the restore is strict. The message names the first ones. Nothing was produced. Find the missing objects, or restore without strict: compacted topics and transactions leave gaps as well.',
  ),
  RESTORE_RETENTION_SHORT: person(
    'Restored records are older than the target topic keeps them, or more than it keeps: Kafka deletes them within minutes. Raise retention.ms or retention.bytes of the topic until they have been read.',
  ),
  RESTORE_TIMESTAMPS_REPLACED: person(
    'The target topic gives records the time of their arrival (message.timestamp.type), so they don’t get back the timestamps that they had. Set it to CreateTime and restore again.',
  ),
  RESTORE_GROUPS_UNRECORDED: person(
    'No consumer groups were recorded beside the dump, or none that was asked for, so none are set. Declare recordConsumerOffsets, or set groups by another strategy.',
  ),
  RESTORE_MAP_MISSING: person(
    'The offset map on the target knows no record of a topic that a restore with this id has produced, so no position can be translated. Give the id of the restore that did, or restore the records first.',
  ),
  UNEXPECTED: person('An unexpected error. Please report it with its cause.'),
} satisfies Record<string, ErrorMeaning>

/**
 * The code of an error. Codes are stable; {@link errorCodes} says what each means.
 *
 * @public
 */
export type ErrorCode = keyof typeof errorCodes

/** Whether a text that came from elsewhere is one of our codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text)
}

/**
 * What an error can say beside its code and message.
 *
 * @public
 */
export interface ErrorDetails extends Partial<TopicPartition> {
  /** Of the record that the error concerns, or of the first of them. */
  offset?: number
  /** Whether the same request may succeed if it is repeated shortly; false if not given. */
  retryable?: boolean
  /** What was thrown first. */
  cause?: unknown
}

/**
 * An error with a stable code. It never contains a payload or a secret, because it goes to logs and dead-letter headers.
 *
 * @public
 */
export class CodedError extends Error {
  /** Alarms, headers of failed records and log queries depend on it. */
  readonly code: ErrorCode
  /** Whether the same request may succeed if it is repeated shortly. */
  readonly retryable: boolean
  /** The topic of the records that it concerns. */
  readonly topic?: string
  /** Their partition. */
  readonly partition?: number
  /** The offset of the first of them. */
  readonly offset?: number

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { retryable = false, cause, topic, partition, offset } = details
    super(message, { cause })
    this.name = code
    this.code = code
    this.retryable = retryable
    this.topic = topic
    this.partition = partition
    this.offset = offset
  }
}

/** Converts any thrown value to a CodedError. One without a code becomes `UNEXPECTED`, with the original as its cause. */
export function asCodedError(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CodedError('UNEXPECTED', message, { cause: error })
}
