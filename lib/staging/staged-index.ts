import { promisify } from 'node:util'
import zlib from 'node:zlib'
import * as z from 'zod'
import { CodedError } from '../error.ts'
import { compressionNames, SMALL_BYTES } from '../formats/compression.ts'
import { formatNames } from '../formats/index.ts'
import { parseJson } from '../parse-json.ts'
import { factsOf, MAGIC, TRAILER_BYTES } from './layout.ts'
import type { StagedFrame, StagedIndex, StagedName } from './staged-object.ts'

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)

/** What the first request for an index reads: more than the index of a batch with a hundred paths. */
const FIRST_READ = 16 * 1024

/** An index of a batch with 100,000 records, each alone in its path, has 20 MB. */
const MAX_INDEX = 64 * 1024 * 1024

/** A staged object whose name is known. */
export interface NamedObject {
  key: string
  name: StagedName
  /** Bytes, as listed. */
  size: number
}

const natural = z.int().min(0)
const time = z.int()

const frame = z.object({
  path: z.string().optional(),
  start: natural,
  bytes: natural,
  crc32: natural,
  records: z.int().min(1),
  offsets: z.array(z.tuple([natural, z.int().min(1)])).min(1),
  minTimestamp: time,
  maxTimestamp: time,
  large: z.array(natural).optional(),
  lengths: z.array(natural).optional(),
})

const form = z.object({
  format: z.enum(formatNames),
  values: z.enum(['bytes', 'json', 'base64']),
  compression: z.enum(compressionNames),
  includeHeaders: z.boolean(),
  includeKey: z.boolean(),
  includeValueSize: z.boolean(),
  maxInlineValueBytes: natural.optional(),
  recordSeparator: z.string(),
})

const indexSchema = z.object({
  schema: z.literal(1),
  topic: z.string(),
  partition: natural,
  form,
  frames: z.array(frame).min(1),
  adopted: z.literal(true).optional(),
})

/**
 * Reads the index of a staged object: one request for its last bytes, and a second one for a large index.
 *
 * @param read returns these bytes of the object; `end` is not included
 * @throws CodedError `STAGED_OBJECT_DAMAGED` when the object is not as it was written, or is not the one that its name says;
 * `COMMIT_LOG_NEWER` when a newer version wrote it
 */
export async function readStagedIndex(
  object: NamedObject,
  read: (start: number, end: number) => Promise<Buffer>,
): Promise<StagedIndex> {
  const { size } = object
  const start = Math.max(0, size - FIRST_READ)
  const tail = await read(start, size)
  const trailer = tail.subarray(-TRAILER_BYTES)
  const isTrailer =
    tail.length === size - start && trailer.length === TRAILER_BYTES && trailer.subarray(4).equals(MAGIC)
  if (!isTrailer) throw damaged(object, 'it does not end as a staged object does')
  const end = size - TRAILER_BYTES
  const indexStart = end - trailer.readUInt32BE()
  if (indexStart < 0) throw damaged(object, 'its index would be longer than the object')
  const packed = indexStart >= start ? tail.subarray(indexStart - start, end - start) : await read(indexStart, end)
  return checkedIndex(object, await unpacked(object, packed), indexStart)
}

/**
 * The bytes of a frame, if they are those that were written.
 *
 * @throws CodedError `STAGED_OBJECT_DAMAGED`
 */
export function checkedFrame(object: NamedObject, { path, bytes, crc32 }: StagedFrame, body: Buffer): Buffer {
  if (body.length === bytes && zlib.crc32(body) === crc32) return body
  throw damaged(object, `the frame of ${path ?? 'its records'} has other bytes than were written`)
}

async function unpacked(object: NamedObject, packed: Buffer): Promise<unknown> {
  try {
    const options = { maxOutputLength: MAX_INDEX }
    const text = packed.length <= SMALL_BYTES ? zlib.gunzipSync(packed, options) : await gunzip(packed, options)
    return parseJson(text.toString())
  } catch (cause) {
    throw damaged(object, 'its index is not gzip', cause)
  }
}

function checkedIndex(object: NamedObject, content: unknown, framesEnd: number): StagedIndex {
  const { schema } = (content ?? {}) as { schema?: unknown }
  if (typeof schema === 'number' && schema > 1) {
    const message = `${object.key} was staged by a newer version (schema ${schema}); deploy at least that version`
    throw new CodedError('COMMIT_LOG_NEWER', message, placeOf(object))
  }
  const { data } = indexSchema.safeParse(content)
  if (!data) throw damaged(object, 'its index lacks what an index has')
  if (!isConsistent(data, framesEnd)) throw damaged(object, 'its index contradicts itself')
  if (!isNamed(data, object.name)) throw damaged(object, 'its index is not the one that its name describes')
  return data
}

/** Frames lie one behind the other, and each has as many records as offsets. */
function isConsistent({ frames }: StagedIndex, framesEnd: number): boolean {
  let start = 0
  for (const frame of frames) {
    if (frame.start !== start || !hasRecords(frame)) return false
    start += frame.bytes
  }
  return start === framesEnd
}

function hasRecords({ records, offsets, minTimestamp, maxTimestamp, lengths }: StagedFrame): boolean {
  const ascends = offsets.every(([first], index) => {
    const [before, count] = offsets[index - 1] ?? [-1, 0]
    return first > before + count - 1
  })
  const counted = offsets.reduce((sum, [, count]) => sum + count, 0)
  const hasLengths = lengths === undefined || lengths.length === records
  return ascends && counted === records && hasLengths && minTimestamp <= maxTimestamp
}

function isNamed(index: StagedIndex, name: StagedName): boolean {
  return Object.entries(factsOf(index)).every(([fact, value]) => name[fact as keyof StagedName] === value)
}

function damaged(object: NamedObject, reason: string, cause?: unknown): CodedError {
  return new CodedError('STAGED_OBJECT_DAMAGED', `${object.key} is damaged: ${reason}`, { ...placeOf(object), cause })
}

function placeOf({ name: { topic, partition, firstOffset } }: NamedObject) {
  return { topic, partition, offset: firstOffset }
}
