import { CodedError } from '../error.ts'
import { compressions } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats } from '../formats/index.ts'
import type { Compaction } from './compaction.ts'

/**
 * The records of an object that readers see, some at a time; none where the format keeps too little.
 *
 * @throws CodedError `STORE_OBJECT_MISSING`, `RECORD_UNDECODABLE`
 */
export async function* committedRecords(
  key: string,
  { format, compression }: FormatSettings,
  { store }: Compaction,
): AsyncGenerator<StoredRecord[]> {
  const { read } = await formats[format].load()
  const held = await store.head(key)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `${key} is not there`)
  const source = {
    size: held.size,
    slice: (start: number, end: number) => store.slice(key, start, end),
    stream: () => store.stream(key),
  }
  if (read) yield* read(source, compression)
}

/** The text of an object of a format that keeps values only. @throws CodedError `STORE_OBJECT_MISSING` */
export async function* committedText(
  key: string,
  { compression }: FormatSettings,
  { store }: Compaction,
): AsyncGenerator<Buffer> {
  yield* compressions[compression].decompressStream(store.stream(key))
}
