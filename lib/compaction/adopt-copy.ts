import { isDeepStrictEqual } from 'node:util'
import { CodedError } from '../error.ts'
import { compressions } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import type { StoredRecord } from '../formats/format.ts'
import { formats, objectExtension } from '../formats/index.ts'
import type { ObjectName } from '../objects/key.ts'
import { isRedriven } from '../objects/redriven.ts'
import { type EncodedStagedObject, encodeStagedObject } from '../staging/layout.ts'
import { parseStagedKey } from '../staging/name.ts'
import { offsetsOf, runsOf } from '../staging/runs.ts'
import { timesOf } from '../staging/stage.ts'
import { checkedFrame, readStagedIndex } from '../staging/staged-index.ts'
import type { StagedFrame } from '../staging/staged-object.ts'
import { formOfExtension } from './object-form.ts'

/** An object of an earlier dump, as it is stored. */
export interface Original {
  key: string
  name: ObjectName & { partition: number }
  body: Buffer
  /** Metadata, as the store holds it. */
  metadata: Record<string, string>
}

/** What a dump with rotation would have staged instead of an object, marked as a copy. */
export interface AdoptedCopy extends EncodedStagedObject {
  /** Its records; in formats that keep values only, their lines. */
  records: StoredRecord[]
}

/**
 * The staged object of an original's records. Its bytes are taken as they are where the form is the same.
 *
 * @param changed what a record becomes, if it doesn't stay the same
 * @throws CodedError `RECORD_UNDECODABLE` when the original can't be read, or its records aren't those that its key names
 */
export async function copyOf(
  original: Original,
  { prefix, format }: { prefix: string; format: FormatSettings },
  changed?: (record: StoredRecord) => StoredRecord,
): Promise<AdoptedCopy> {
  const { body, name, key } = original
  const found = await recordsOf(original, format)
  assertNamed(original, found)
  const records = changed ? found.map(changed) : found
  const { joining } = await formats[format.format].load()
  const isSameForm = objectExtension(format.format, format.compression) === name.extension
  const isSame = isSameForm && records.every((record, index) => record === found[index])
  const frame = (isSame ? await joining.frameOf(body, format) : undefined) ?? (await joining.frame(records, format))
  const { topic, partition, path } = name
  const large = records.filter(({ valueObject }) => valueObject !== undefined).map(({ offset }) => offset)
  const lengths = joining.lengths?.(records, format)
  const staged = encodeStagedObject(prefix, {
    ...{ topic, partition, form: format, adopted: true },
    frames: [
      {
        ...(path === undefined ? {} : { path }),
        ...{ body: frame, records: records.length, offsets: runsOf(records.map(({ offset }) => offset)) },
        ...timesOf(records),
        ...(large.length === 0 ? {} : { large }),
        ...(lengths === undefined ? {} : { lengths }),
      },
    ],
  })
  await assertSame(key, staged.key, staged.body, { prefix, records })
  return { ...staged, records }
}

/**
 * Checks that stored bytes are a staged object with exactly these records.
 *
 * @throws CodedError `RECORD_UNDECODABLE`, `STAGED_OBJECT_DAMAGED`
 */
export async function assertSame(
  original: string,
  key: string,
  body: Buffer,
  expected: { prefix: string; records: StoredRecord[] },
): Promise<void> {
  const name = parseStagedKey(expected.prefix, key)
  if (!name) throw new CodedError('STAGED_OBJECT_DAMAGED', `${key} is no name of a staged object`)
  const object = { key, name, size: body.length }
  const { form, frames, topic, partition } = await readStagedIndex(object, async (start, end) =>
    body.subarray(start, end),
  )
  const [frame] = frames as [StagedFrame]
  const bytes = checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes))
  const { joining } = await formats[form.format].load()
  const lines = { topic, partition, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
  const records = await joining.records(bytes, form, lines)
  if (frames.length === 1 && records.length === expected.records.length && records.every(isExpected)) return
  const message = `${original} can’t be adopted: its records would not be the same in the form that the settings describe`
  throw new CodedError('RECORD_UNDECODABLE', message, { topic, partition })

  function isExpected(record: StoredRecord, index: number): boolean {
    return isDeepStrictEqual(comparable(record), comparable(expected.records[index] as StoredRecord))
  }
}

/** A record without what no format keeps: which buffer its bytes are in, and fields that are absent or undefined. */
export function comparable({ topic, partition, offset, timestamp, key, value, headers, ...more }: StoredRecord) {
  const text = (bytes: Buffer | null) => bytes?.toString('latin1') ?? null
  const ofHeaders = headers.map(header => [header.key, text(header.value)])
  return [topic, partition, offset, timestamp, text(key), text(value), more.valueSize, more.valueObject, ofHeaders]
}

export async function recordsOf(original: Original, settings: FormatSettings): Promise<StoredRecord[]> {
  const { body, name } = original
  const form = formOfExtension(name.extension, settings)
  const { compressesInside } = formats[form.format]
  const { decode } = await formats[form.format].load()
  const plain = compressesInside ? body : await compressions[form.compression].decompress(body)
  return decode ? await decode(plain) : await linesOf(original, plain, form)
}

/**
 * The lines of an object that keeps values only. Each is the record of an offset if there are as many as offsets: then nothing
 * lies between them, and no value contains the separator.
 */
async function linesOf({ key, name, metadata }: Original, text: Buffer, form: FormatSettings): Promise<StoredRecord[]> {
  const { topic, partition, firstOffset, lastOffset } = name
  const separator = Buffer.from(form.recordSeparator)
  const lengths: number[] = []
  for (let start = 0, end = 0; separator.length > 0 && end >= 0 && start < text.length; start = end) {
    end = text.indexOf(separator, start)
    if (end < 0) break
    end += separator.length
    lengths.push(end - start)
  }
  const count = lastOffset - firstOffset + 1
  const said = metadata['record-count'] ?? String(count)
  const offsets = Array.from({ length: count }, (_, index) => firstOffset + index)
  const { joining } = await formats[form.format].load()
  if (lengths.length === count && said === String(count))
    return await joining.records(text, { ...form, compression: 'none' }, { topic, partition, offsets, lengths })
  const message = `${key} can’t be adopted: it keeps values only, and its ${said} records are not one for each line and offset`
  throw new CodedError('RECORD_UNDECODABLE', message, { topic, partition, offset: firstOffset })
}

/**
 * A key says which records an object has; another object was put there otherwise. That of a redrive may have fewer than its plan
 * has named it for, as records may be gone when they are read again.
 */
function assertNamed({ key, name, metadata }: Original, records: StoredRecord[]): void {
  const { topic, partition, firstOffset, lastOffset } = name
  const ascend = records.every((record, index) => record.offset > (records[index - 1]?.offset ?? -1))
  const belong = records.every(record => record.topic === topic && record.partition === partition)
  const [first = -1, last = -1] = [records[0]?.offset, records.at(-1)?.offset]
  const isWhole = first === firstOffset && last === lastOffset
  const isPart = isRedriven(metadata) && first >= firstOffset && last <= lastOffset
  if (ascend && belong && (isWhole || isPart)) return
  const message = `${key} can’t be adopted: it doesn’t have the records that its key names`
  throw new CodedError('RECORD_UNDECODABLE', message, { topic, partition, offset: firstOffset })
}
