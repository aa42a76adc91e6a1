import type { KafkaRecord } from '../../record.ts'
import { fetchRecords } from '../../redrive/fetch-records.ts'
import { withOffsets } from '../../redrive/redrive.ts'
import type { StreamingContext } from './command.ts'
import { type FailedOptions, findFailed } from './failed.ts'

/** One failed record of a connector. */
export interface FailedRecordAsked extends FailedOptions {
  /** On the source. */
  topic: string
  partition: number
  offset: number
}

/** What a redrive would take for it. */
export type FetchedFailure =
  | { found: 'record'; record: KafkaRecord }
  /** Nobody has it any more. */
  | { found: 'gone' }
  /** It must not be taken; the reason is a sentence. */
  | { found: 'refused'; reason: string }
  /** It is not among the failed records: it was redriven, or delivered after all. */
  | { found: 'nothing' }

const onSource = { kind: 'kafka', named: 'log' } as const

/** Gets a failed record as a redrive would get it. @throws CodedError as `findFailed` and `fetchRecords` */
export function fetchFailed(
  context: Pick<StreamingContext, 'connectors' | 'deployment' | 'advance'>,
  { topic, partition, offset, ...options }: FailedRecordAsked,
  signal: AbortSignal,
): Promise<FetchedFailure> {
  const wanted = { [topic]: { [partition]: [[offset, 1] as [number, number]] } }
  return findFailed(
    context,
    options,
    async ({ failed, failures }) => {
      for await (const group of failed) {
        for (const one of withOffsets([group], wanted)) {
          // What waits is where the trigger takes it from.
          const there = one.place.kind === 'waiting' ? { ...one, place: onSource } : one
          for await (const { records, refused } of fetchRecords(failures, there)) {
            const record = records.find(({ record }) => record.offset === offset)?.record
            if (record) return { found: 'record', record }
            if (refused[0]) return { found: 'refused', reason: refused[0].reason }
          }
          return { found: 'gone' }
        }
      }
      return { found: 'nothing' }
    },
    { signal, isWanted: place => place.topic === topic && place.partition === partition },
  )
}
