import { CodedError } from '../error.ts'
import type { FailedRecords, FetchedRecords } from './failed-records.ts'
import type { Failures } from './failures.ts'
import { fetchFromKafka } from './fetch-from-kafka.ts'
import { withoutOthers } from './other-topic.ts'
import { createTopicSource } from './sources/topic.ts'

/**
 * Gets failed records back: from the topic or the document that has them, otherwise exactly these offsets from Kafka. In the
 * order of their offsets, a part at a time. Records of a topic that was deleted and made again since are refused.
 *
 * @param failed as {@link listFailed} lists them, or some of their offsets
 * @param ofEarlier whether they are known to be of an earlier topic with this name, and wanted
 * @throws CodedError
 */
export async function* fetchRecords(
  failures: Failures,
  failed: FailedRecords,
  ofEarlier = false,
): AsyncGenerator<FetchedRecords> {
  const reason = refusalOf(failed)
  if (reason) {
    yield { records: [], gone: [], refused: [{ offsets: failed.offsets, reason }] }
    return
  }
  if (failed.place.kind === 'kafka') {
    yield* fetchFromKafka(failures, failed)
    return
  }
  const fetched = fetchedFrom(failures, failed)
  yield* ofEarlier ? fetched : withoutOthers(failures.kafka, failed, fetched)
}

/** @throws CodedError `UNEXPECTED` when nobody has the document */
function fetchedFrom(failures: Failures, failed: FailedRecords): AsyncIterable<FetchedRecords> {
  const { connector, kafka, sources } = failures
  const { place } = failed
  for (const { fetch } of sources) {
    const fetched = fetch?.(failed)
    if (fetched) return fetched
  }
  if (place.kind === 'topic') {
    // A plan may name the topic that the connector had before.
    const before = createTopicSource({ topic: place.topic, connector, functionName: '', kafka, report() {} })
    const fetched = before.fetch?.(failed)
    if (fetched) return fetched
  }
  const where = place.kind === 'document' ? `The document ${place.name}` : 'What failed'
  throw new CodedError(
    'UNEXPECTED',
    `${where} is in no place that the connector has now. Give it its on-failure destination back.`,
    failed,
  )
}

/** Why none of the records may be taken, whoever has them. */
function refusalOf({ offsets, place, code }: FailedRecords): string | undefined {
  if (place.kind === 'waiting') return 'The trigger is not past them, so it delivers them again.'
  if (offsets.length === 0) return 'The platform gives no offsets, so nothing tells whether they were done again.'
  if (code === 'RECORD_CONFLICT') return 'Another record with the same offset was delivered in their place.'
  return undefined
}
