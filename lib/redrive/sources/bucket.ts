import { holdsOffset, subtract } from '../../commits/offset-runs.ts'
import { runsOf } from '../../staging/runs.ts'
import { documentFailures } from '../document-failures.ts'
import type { FailedRecords, FetchedRecords } from '../failed-records.ts'
import type { FailedSource } from '../failed-source.ts'
import { parseFailureDocument } from '../failure-document.ts'

/** Where Lambda puts documents; the folders below are its own. Source: AWS Lambda Developer Guide, on-failure destinations in S3. */
const FOLDER = 'aws/lambda/'

export interface BucketSource {
  bucket: string
  /** One bucket may have the documents of several functions. */
  functionName: string
  store: {
    /** `modified` in milliseconds since the epoch. */
    list(prefix: string): AsyncIterable<{ key: string; modified: number }>
    get(key: string): Promise<Buffer>
  }
  /** Takes a sentence about what can't be listed. */
  report(problem: string): void
}

/** A bucket that is Lambda's on-failure destination: its documents have the whole event. */
export function createBucketSource({ bucket, functionName, store, report }: BucketSource): FailedSource {
  const read = async (key: string) => parseFailureDocument((await store.get(key)).toString())

  return {
    name: `bucket ${bucket}`,
    async *list(since) {
      for await (const { key, modified } of store.list(FOLDER)) {
        if (modified < since) continue
        const document = await read(key)
        if (document && document.functionName !== functionName) continue
        const failures = document && documentFailures(document, { kind: 'document', in: 's3', name: key }, 's3')
        if (failures?.length) yield* failures
        else report(`s3://${bucket}/${key} is no document about failed records of Kafka.`)
      }
    },
    fetch(failed) {
      return failed.place.kind === 'document' ? fetchDocument(failed, failed.place.name, read) : undefined
    },
  }
}

async function* fetchDocument(
  failed: FailedRecords,
  key: string,
  read: (key: string) => Promise<ReturnType<typeof parseFailureDocument>>,
): AsyncGenerator<FetchedRecords> {
  const { topic, partition, offsets, code, place } = failed
  const batches = (await read(key))?.batches ?? []
  const found = batches
    .filter(batch => batch.topic === topic && batch.partition === partition)
    .flatMap(({ records }) => records)
    .filter(({ offset }) => holdsOffset(offsets, offset))
    .toSorted((one, other) => one.offset - other.offset)
  const gone = subtract(offsets, runsOf(new Set(found.map(({ offset }) => offset))))
  yield { records: found.map(record => ({ record, code, place })), gone, refused: [] }
}
