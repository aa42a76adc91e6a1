import type { CommitStore } from '../commits/commit-store.ts'
import { CodedError } from '../error.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import { parseStagedKey } from '../staging/name.ts'
import { offsetsOf } from '../staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../staging/staged-index.ts'
import type { DumpedObject } from './dumped-object.ts'
import { valuesOnly } from './layouts/kafka-functions.ts'

/**
 * The records of a batch that waits for compaction, of all its paths, in the order of their offsets.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`, `COMMIT_LOG_NEWER`, `RESTORE_FORMAT_LOSSY`
 */
export async function* stagedRecords(
  { source, key, topic }: DumpedObject,
  store: Pick<CommitStore, 'get'>,
): AsyncIterable<StoredRecord[]> {
  const bytes = await store.get(key)
  const name = parseStagedKey(source.prefix, key)
  if (!name) throw new CodedError('STAGED_OBJECT_DAMAGED', `${key} is no staged object`, { topic })
  const object = { key, name, size: bytes.length }
  const index = await readStagedIndex(object, async (start, end) => bytes.subarray(start, end))
  const { joining, read } = await formats[index.form.format].load()
  if (!read) throw valuesOnly(key, topic)
  const parts: StoredRecord[][] = []
  for (const frame of index.frames) {
    const body = checkedFrame(object, frame, bytes.subarray(frame.start, frame.start + frame.bytes))
    const lines = { topic, partition: index.partition, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
    parts.push(await joining.records(body, index.form, lines))
  }
  const records = parts.length === 1 ? (parts[0] as StoredRecord[]) : parts.flat()
  if (parts.length > 1) records.sort((one, other) => one.offset - other.offset)
  yield records
}
