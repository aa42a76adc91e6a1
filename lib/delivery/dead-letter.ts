import { asCodedError, CodedError } from '../error.ts'
import type { KafkaRecord, OutgoingRecord, RecordProducer } from '../record.ts'
import { RefusedRecordsError } from '../refused-records.ts'
import { provenance } from './letter.ts'

/**
 * A record that did not reach the store or target, and the reason.
 *
 * @public
 */
export interface FailedRecord {
  /** As it came. */
  record: KafkaRecord
  /** Its code and message become headers of the record in the topic for failed records. */
  error: CodedError
}

/** A topic that receives failed records. */
export interface DeadLetter {
  topic: string
  /**
   * Sends the records to the topic and returns when the cluster has answered for all of them.
   *
   * @param deadline in milliseconds since the epoch
   * @returns the records that can't be put into the topic, each with the reason: the topic refuses them, or they come from
   * it; the others are stored
   * @throws CodedError `DEAD_LETTER_UNREACHABLE`
   */
  put(failed: FailedRecord[], deadline: number): Promise<FailedRecord[]>
}

/**
 * Creates a topic for failed records unless it exists.
 *
 * @param sources the topics that the records come from
 * @param deadline in milliseconds since the epoch
 * @throws CodedError
 */
export type EnsureTopic = (topic: string, sources: string[], deadline: number) => Promise<void>

/** A failed record on its way into the topic. */
interface Letter extends FailedRecord {
  outgoing: OutgoingRecord
  /** Whether it has the present time instead of its own. */
  isRedated: boolean
}

/**
 * A dead letter whose records keep key, value, headers and timestamp, and state in headers where they came from and why. A
 * record whose timestamp the topic doesn't accept gets the present time; a header has its own. A record that comes from
 * the topic itself is not put there again: each round would make it longer, and no round would be the last.
 *
 * @param ensureTopic called before the first records, and again after a failure; absent: the topic has to exist
 */
export function createDeadLetter(
  topic: string,
  connector: string,
  producer: RecordProducer,
  ensureTopic?: EnsureTopic,
): DeadLetter {
  let ensured: Promise<void> | undefined

  async function ensure(letters: Letter[], deadline: number): Promise<void> {
    // Several partitions may put records aside at once, and only the first has to create the topic.
    ensured ??= ensureTopic?.(topic, [...new Set(letters.map(({ record }) => record.topic))], deadline)
    try {
      await ensured
    } catch (error) {
      ensured = undefined
      throw unreachable(error, topic, letters)
    }
  }

  /** Sends records once. Returns those that are not stored because of the ones among them that the topic refuses. */
  async function send(letters: Letter[], deadline: number) {
    const stored = new Set<number>()
    const onStored = (indexes: number[]) => {
      for (const index of indexes) stored.add(index)
    }
    const outgoing = letters.map(({ outgoing }) => outgoing)
    try {
      await producer.send(topic, outgoing, deadline, onStored)
      return []
    } catch (error) {
      if (!(error instanceof RefusedRecordsError)) {
        // Users may delete the topic while an instance is warm.
        ensured = undefined
        throw unreachable(error, topic, letters)
      }
      const refusals = new Map(error.refused.map(({ index, error }) => [index, error]))
      return letters.flatMap((letter, index) => (stored.has(index) ? [] : [{ letter, refusal: refusals.get(index) }]))
    }
  }

  return {
    topic,
    async put(failed, deadline) {
      const left = failed.filter(({ record }) => record.topic === topic).map(asOwn)
      // One time for all of them, so that neighbours are told as one range.
      const now = Date.now()
      let letters = failed.filter(({ record }) => record.topic !== topic).map(one => letterOf(one, connector, now))
      if (letters.length > 0) await ensure(letters, deadline)
      // Ends, because each round stores, changes or leaves at least one record, and changes none twice.
      while (letters.length > 0) {
        const next: Letter[] = []
        for (const { letter, refusal } of await send(letters, deadline)) {
          const acceptable = refusal ? changed(letter, refusal) : letter
          if (acceptable) next.push(acceptable)
          else left.push({ record: letter.record, error: asLeft(letter, refusal as CodedError) })
        }
        letters = next
      }
      return inOrderOf(failed, left)
    },
  }
}

/** The records that are left, in the order in which all came. */
function inOrderOf(failed: FailedRecord[], left: FailedRecord[]): FailedRecord[] {
  const byRecord = new Map(left.map(one => [one.record, one]))
  return failed.flatMap(({ record }) => byRecord.get(record) ?? [])
}

function letterOf({ record, error }: FailedRecord, connector: string, failedAt: number): Letter {
  const { key, value, timestamp } = record
  const headers = [...record.headers, ...provenance(record, error, connector, failedAt)]
  return { record, error, isRedated: false, outgoing: { key, value, headers, timestamp } }
}

/** The record as the topic may accept it; undefined if nothing can be changed. */
function changed(letter: Letter, refusal: CodedError): Letter | undefined {
  if (refusal.code !== 'KAFKA_TIMESTAMP_REFUSED' || letter.isRedated) return undefined
  const { outgoing } = letter
  return { ...letter, isRedated: true, outgoing: { ...outgoing, timestamp: Date.now() } }
}

/** The error of a record that the topic refuses: why, and why it was to be put there. */
function asLeft({ record, error }: Letter, refusal: CodedError): CodedError {
  const message = `${refusal.message} The record was to be put there because of ${error.code}.`
  return new CodedError(refusal.code, message, { ...placeOf(record), cause: error })
}

/** Its error stays, since that is what is wrong with it. */
function asOwn({ record, error }: FailedRecord): FailedRecord {
  const message = `${error.message} (It comes from the topic for such records, and is not put there again.)`
  return { record, error: new CodedError(error.code, message, { ...placeOf(record), cause: error.cause }) }
}

function unreachable(cause: unknown, topic: string, letters: Letter[]): CodedError {
  const { message } = asCodedError(cause)
  return new CodedError(
    'DEAD_LETTER_UNREACHABLE',
    `${letters.length} failed records could not be put into the topic ${topic}: ${message}`,
    { ...(letters[0] && placeOf(letters[0].record)), retryable: true, cause },
  )
}

function placeOf({ topic, partition, offset }: KafkaRecord) {
  return { topic, partition, offset }
}
