import { extensionOf } from '../../compaction/object-form.ts'
import { CodedError } from '../../error.ts'
import type { ByteSource } from '../../formats/byte-source.ts'
import { compressions } from '../../formats/compression.ts'
import type { EncodeOptions, StoredRecord } from '../../formats/format.ts'
import { formats, objectForm } from '../../formats/index.ts'
import { jsonl } from '../../formats/jsonl.ts'
import { parseJson } from '../../parse-json.ts'
import { parseStagedKey, stagingFolder } from '../../staging/name.ts'
import { offsetsOf } from '../../staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../../staging/staged-index.ts'
import { CommandError, type StreamingContext } from './command.ts'
import { dumpNamed, type OpenedConnector, openConnector } from './opened-connector.ts'

export interface CatOptions {
  name: string
  /** Of an object, also one that is staged or in quarantine; with `s3://<bucket>/` before it or without. */
  key: string
  /** The most records. */
  limit?: string
}

/** The records of an object, some at a time. Of a format that keeps values only, its bytes instead. */
type Content =
  /** `hasJson`: the values are texts of JSON, if they were when the object was written. */
  { records: AsyncIterable<StoredRecord[]>; hasJson: boolean } | { lines: AsyncIterable<Buffer>; separator: Buffer }

/** Prints an object's records as JSON lines; of `raw`, its lines as they are. */
export async function cat(context: StreamingContext, options: CatOptions): Promise<void> {
  const limit = limitOf(options)
  const opened = await openConnector(dumpNamed(options.name, context), context.deployment)
  const key = options.key.replace(`s3://${opened.settings.store.bucket}/`, '')
  const content = (await stagedContent(key, opened)) ?? (await objectContent(key, opened))
  if ('records' in content) await printRecords(content, limit, context)
  else await printLines(content, limit, context)
}

function limitOf({ limit }: CatOptions): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY
  if (/^[1-9]\d*$/.test(limit)) return Number(limit)
  throw new CommandError(`--limit: expected a whole number from 1, got ${limit}`)
}

/** Undefined for a key that isn't that of a staged object. Such an object is one batch, so it is read whole. */
async function stagedContent(key: string, { settings, commits }: OpenedConnector): Promise<Content | undefined> {
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

async function objectContent(key: string, { settings, commits }: OpenedConnector): Promise<Content> {
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

/** Everything that a record has; bytes that are no text in base64, as in the format json. */
const everything: EncodeOptions = {
  ...{ values: 'bytes', compression: 'none', includeHeaders: true, includeKey: true, includeValueSize: true },
  ...{ maxInlineValueBytes: 0, recordSeparator: '\n' },
}

async function printRecords(
  { records, hasJson }: Extract<Content, { records: unknown }>,
  limit: number,
  { output }: StreamingContext,
): Promise<void> {
  let left = limit
  for await (const some of records) {
    const shown = some.slice(0, left)
    left -= shown.length
    const values = hasJson && shown.every(isJson) ? 'json' : 'bytes'
    if (!(await output.write(await jsonl.encode(shown, { ...everything, values }))) || left <= 0) return
  }
}

function isJson({ value }: StoredRecord): boolean {
  return value === null || parseJson(value.toString()) !== undefined
}

async function printLines(
  { lines, separator }: Extract<Content, { lines: unknown }>,
  limit: number,
  { output }: StreamingContext,
): Promise<void> {
  let left = limit
  let rest = Buffer.alloc(0)
  for await (const bytes of lines) {
    const all = Buffer.concat([rest, bytes])
    let end = 0
    for (let found = all.indexOf(separator); found >= 0 && left > 0; found = all.indexOf(separator, end)) {
      end = found + separator.length
      left--
    }
    if (!(await output.write(all.subarray(0, end))) || left <= 0) return
    rest = all.subarray(end)
  }
  await output.write(rest)
}
