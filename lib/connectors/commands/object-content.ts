import { extensionOf } from '../../compaction/object-form.ts'
import { CodedError } from '../../error.ts'
import type { ByteSource } from '../../formats/byte-source.ts'
import { compressions } from '../../formats/compression.ts'
import type { StoredRecord } from '../../formats/format.ts'
import { formats, objectForm } from '../../formats/index.ts'
import { parseStagedKey, stagingFolder } from '../../staging/name.ts'
import { offsetsOf } from '../../staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../../staging/staged-index.ts'
import { CommandError } from './command.ts'
import type { OpenedConnector } from './opened-connector.ts'

/** The records of an object, some at a time. Of a format that keeps values only, its bytes instead. */
export type ObjectContent =
  /** `hasJson`: the values are texts of JSON, if they were when the object was written. */
  { records: AsyncIterable<StoredRecord[]>; hasJson: boolean } | { lines: AsyncIterable<Buffer>; separator: Buffer }

/**
 * The content of a staged object, or of one in quarantine. Such an object is one batch, so it is read whole. Undefined for the key
 * of any other object.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`, `STORE_OBJECT_MISSING`
 */
export async function stagedContent(
  key: string,
  { settings, commits }: OpenedConnector,
): Promise<ObjectContent | undefined> {
  const { prefix } = settings.keys
  const staging = stagingFolder(prefix)
  const quarantine = staging.replace(/_staging\/$/, '_quarantine/')
  // What is in quarantine has the name that it was staged under, and a digest where that name was taken.
  const stagedKey = key.startsWith(quarantine) ? staging + key.slice(quarantine.length).replace(/~[0-9a-f]+$/, '') : key
  const name = parseStagedKey(prefix, stagedKey)
  if (!name) return undefined
  const bytes = await commits.get(key)
  const object = { key: stagedKey, name, size: bytes.length }
  const { topic, partition, form, frames } = await readStagedIndex(object, async (start, end) =>
    bytes.subarray(start, end),
  )
  const bodyOf = (frame: (typeof frames)[number]) =>
    checkedFrame(object, frame, bytes.subarray(frame.start, frame.start + frame.bytes))
  const { joining, read } = await formats[form.format].load()
  async function* lines() {
    for (const frame of frames) yield await compressions[form.compression].decompress(bodyOf(frame))
  }
  async function* records() {
    for (const frame of frames) {
      const { offsets, lengths } = frame
      yield await joining.records(bodyOf(frame), form, { topic, partition, offsets: offsetsOf(offsets), lengths })
    }
  }
  if (!read) return { lines: lines(), separator: Buffer.from(form.recordSeparator) }
  return { records: records(), hasJson: form.values === 'json' }
}

/**
 * The content of an object in the format that its key ends with.
 *
 * @throws CommandError for a key of no format; CodedError `STORE_OBJECT_MISSING`
 */
export async function storedContent(key: string, { settings, commits }: OpenedConnector): Promise<ObjectContent> {
  // The settings may have another format or compression by now.
  const written = objectForm(extensionOf(key))
  if (!written) throw new CommandError(`${key} ends in no format’s name, so it is no object with records.`)
  const held = await commits.head(key)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `${settings.store.bucket} has no object ${key}`)
  const source: ByteSource = {
    size: held.size,
    slice: (start, end) => commits.slice(key, start, end),
    stream: () => commits.stream(key),
  }
  const { read } = await formats[written.format].load()
  const hasJson = settings.format.values === 'json'
  if (read) return { records: read(source, written.compression), hasJson }
  const lines = compressions[written.compression].decompressStream(source.stream())
  return { lines, separator: Buffer.from(settings.format.recordSeparator) }
}
