import { CodedError } from '../error.ts'
import type { FailedRecords, FetchedRecords } from './failed-records.ts'
import type { Failures } from './failures.ts'
import { fetchFromKafka } from './fetch-from-kafka.ts'

/**
 * Gets failed records back: from the topic or the document that has them, otherwise exactly these offsets from Kafka. In the
 * order of their offsets, a part at a time.
 *
 * @param failed as {@link listFailed} lists them, or some of their offsets
 * @throws CodedError
 */
export async function* fetchRecords(failures: Failures, failed: FailedRecords): AsyncGenerator<FetchedRecords> {
  const reason = refusalOf(failed)
  if (reason) {
    yield { records: [], gone: [], refused: [{ offsets: failed.offsets, reason }] }
    return
  }
  if (failed.place.kind === 'kafka') {
    yield* fetchFromKafka(failures, failed)
    return
  }
  for (const { fetch } of failures.sources) {
    const fetched = fetch?.(failed)
    if (!fetched) continue
    yield* fetched
    return
  }
  const where = failed.place.kind === 'topic' ? `the topic ${failed.place.topic}` : 'the document'
  throw new CodedError('UNEXPECTED', `${where} is not among the places that were opened.`, failed)
}

/** Why none of the records may be taken, whoever has them. */
function refusalOf({ offsets, place, code }: FailedRecords): string | undefined {
  if (place.kind === 'waiting') return 'The trigger delivers them again: their partition has stopped there.'
  if (offsets.length === 0) return 'The platform gives no offsets, so nothing tells whether they were done again.'
  if (code === 'RECORD_CONFLICT') return 'Another record with the same offset was delivered in their place.'
  return undefined
}
