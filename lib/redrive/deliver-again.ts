import type { DeadLetter, FailedRecord } from '../delivery/dead-letter.ts'
import { type Delivery, deliver } from '../delivery/deliver.ts'
import type { Log } from '../observability/logger.ts'
import { noTelemetry } from '../observability/telemetry.ts'
import type { KafkaRecord } from '../record.ts'

/** How a connector writes records, as its function does. */
export type Writing = Pick<Delivery, 'write' | 'peer'>

/** As long as a part may take, with its repetitions, in milliseconds: 16 MiB over a slow line. Somebody waits at the terminal. */
const DELIVERY_MS = 300_000

/** Nothing is logged: the command tells what happens, and its lines must not be taken for those of the connector. */
export const silent: Log = { info() {}, warn() {}, error() {} }

/**
 * Delivers records of one topic-partition as the connector does, with its repetitions, except that a record that can't be
 * delivered is put nowhere: neither into a topic nor into the log.
 *
 * @param records at least one, in the order of their offsets
 * @returns the records that fail by themselves, in their order; the others are delivered
 * @throws CodedError when the records can't be delivered for another reason, such as a store that doesn't answer
 */
export async function deliverAgain(records: KafkaRecord[], { write, peer }: Writing): Promise<FailedRecord[]> {
  const failed: FailedRecord[] = []
  const abnormalData: DeadLetter = {
    topic: '',
    async put(some) {
      for (const one of some) failed.push(one)
      return []
    },
  }
  const deadLetter: DeadLetter = {
    topic: '',
    async put([first]) {
      throw first?.error
    },
  }
  const { topic, partition } = records[0] as KafkaRecord
  const delivery: Delivery = {
    ...{ policy: 'log', write, peer, abnormalData, deadLetter },
    ...{ logger: silent, telemetry: noTelemetry },
  }
  const [result] = await deliver([{ topic, partition, records, abnormal: [] }], delivery, DELIVERY_MS)
  if (result?.failure) throw result.failure.error
  return failed
}
