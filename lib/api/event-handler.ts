import { eventHandlerSections, readEventHandlerSettings } from '../config/event-handler.ts'
import { readWithSecrets } from '../config/secrets.ts'
import type { WriteAttempt } from '../delivery/attempt.ts'
import { createHandler, type EventHandler } from '../event-handler.ts'
import type { KafkaRecord } from '../record.ts'
import { environmentWith } from './environment.ts'
import { createReceiver } from './receiver.ts'
import type { EventHandlerVariables } from './variables/index.ts'

/**
 * What a handler of one's own does with records.
 *
 * @public
 */
export interface RecordWriter {
  /**
   * What `write` waits for, as the log names it when it does not answer in time: `orders table`, `https://search.example.com`.
   */
  peer: string
  /**
   * Delivers the records of one topic-partition. They are delivered once it resolves. If it rejects with a {@link CodedError} that is
   * `retryable`, it is called again after a pause, as long as the invocation has time, with the records that it has not reported by
   * `attempt.delivered`. Any other error is final for them: `FAILURE_POLICY` decides what becomes of them.
   *
   * Reject with an {@link AbnormalDataError} to tell which records can never be delivered: the others are then written without them.
   *
   * Delivery is at least once, so the same records may come again, after a failure also in another batch. Write so that the result
   * is the same.
   *
   * @param records at least one, in the order of their offsets
   */
  write(records: KafkaRecord[], attempt: WriteAttempt): Promise<void>
  /** How many topic-partitions are written at the same time; 8 if not given. */
  partitionsAtOnce?: number
}

/**
 * A handler with a write of one's own. It decodes the events of every platform, writes partitions side by side and the records of
 * each in order, repeats what fails for a while, applies the failure policy, and answers the platform.
 *
 * @param writer what to do with records
 * @param variables settings that differ from the environment's: policy, topics for failed records, log
 * @returns the handler, which can be wrapped by middlewares
 * @throws CodedError `CONFIG_INVALID` with every variable that is missing or wrong, `SECRET_UNREADABLE`
 *
 * @example
 * ```ts
 * import { CodedError, createEventHandler } from 'kafka-functions'
 *
 * export const handler = await createEventHandler({
 *   peer: 'search',
 *   async write(records, { signal }) {
 *     const lines = records.map(({ key, value }) => JSON.stringify({ key: `${key}`, value: `${value}` }))
 *     const answer = await fetch(process.env.SEARCH_URL!, { method: 'POST', body: lines.join('\n'), signal })
 *     if (!answer.ok) throw new CodedError('STORE_UNAVAILABLE', `search answered ${answer.status}`, { retryable: true })
 *   },
 * })
 * ```
 *
 * @public
 */
export async function createEventHandler(
  writer: RecordWriter,
  variables: EventHandlerVariables = {},
): Promise<EventHandler> {
  const environment = environmentWith(variables)
  const settings = await readWithSecrets(eventHandlerSections, readEventHandlerSettings, environment)
  const { peer, partitionsAtOnce } = writer
  const write = (records: KafkaRecord[], attempt: WriteAttempt) => writer.write(records, attempt)
  return createHandler({ ...createReceiver(settings), peer, partitionsAtOnce, write })
}
