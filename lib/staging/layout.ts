import { createHash } from 'node:crypto'
import zlib from 'node:zlib'
import type { FormatSettings } from '../formats/encode.ts'
import { formDigest, formExtension, formOf } from './form.ts'
import { DIGEST_DIGITS, MAX_STAGED_KEY, renderStagedKey } from './name.ts'
import type { StagedFrame, StagedIndex, StagedName } from './staged-object.ts'

/** Ends every staged object, after the length of the index. */
export const MAGIC = Buffer.from('KFSTAGE1', 'latin1')

/** Bytes behind the index: its length as an unsigned number of 32 bits, most significant byte first, and {@link MAGIC}. */
export const TRAILER_BYTES = 4 + MAGIC.length

/** Smaller tables than zlib's own: an index takes less time to compress, and what repeats in it is near anyway. */
const INDEX_COMPRESSION = { memLevel: 4, windowBits: 12 }

/** A frame with its bytes. */
export interface FrameContent extends Omit<StagedFrame, 'start' | 'bytes' | 'crc32'> {
  body: Buffer
}

/** What a staged object holds: at least one frame, of records of one topic-partition. */
export interface StagedContent {
  topic: string
  partition: number
  form: FormatSettings
  /** In the order of their paths. */
  frames: FrameContent[]
  /** See {@link StagedIndex}. */
  adopted?: true
}

export interface EncodedStagedObject {
  key: string
  name: StagedName
  /** The frames, the index (JSON in gzip) and the trailer. */
  body: Buffer
}

/** The staged object of these frames; the same content always has the same key and bytes. */
export function encodeStagedObject(prefix: string, content: StagedContent): EncodedStagedObject {
  const index = indexOf(content)
  const packed = zlib.gzipSync(JSON.stringify(index), INDEX_COMPRESSION)
  const trailer = Buffer.concat([Buffer.alloc(TRAILER_BYTES - MAGIC.length), MAGIC])
  trailer.writeUInt32BE(packed.length)
  const body = Buffer.concat([...content.frames.map(frame => frame.body), packed, trailer])
  const digest = createHash('sha256').update(body).digest('hex').slice(0, DIGEST_DIGITS)
  return { ...named(prefix, { ...factsOf(index), digest }, index), body }
}

function indexOf({ topic, partition, form, frames, adopted }: StagedContent): StagedIndex {
  let start = 0
  const placed = frames.map(({ body, ...frame }) => {
    const { path, ...facts } = frame
    const place = { start, bytes: body.length, crc32: zlib.crc32(body) }
    start += body.length
    return { ...(path === undefined ? {} : { path }), ...place, ...facts }
  })
  return { schema: 1, topic, partition, form: formOf(form), frames: placed, ...(adopted ? { adopted } : {}) }
}

/** What a name says of an object with this index, except for the digest of its bytes. */
export function factsOf({ topic, partition, form, frames }: StagedIndex): Omit<StagedName, 'digest' | 'only'> {
  const timed = frames.filter(({ maxTimestamp }) => maxTimestamp !== -1)
  return {
    topic,
    partition,
    firstOffset: frames.reduce((least, { offsets }) => Math.min(least, firstOf(offsets)), Number.POSITIVE_INFINITY),
    lastOffset: frames.reduce((most, { offsets }) => Math.max(most, lastOf(offsets)), -1),
    records: frames.reduce((sum, { records }) => sum + records, 0),
    minTimestamp: timed.reduce((least, frame) => Math.min(least, frame.minTimestamp), timed[0]?.minTimestamp ?? -1),
    maxTimestamp: timed.reduce((most, frame) => Math.max(most, frame.maxTimestamp), timed[0]?.maxTimestamp ?? -1),
    form: formDigest(form),
    extension: formExtension(form),
  }
}

/** The name says everything that planning needs, if it can. */
function named(prefix: string, name: StagedName, { frames, adopted }: StagedIndex): { key: string; name: StagedName } {
  const [frame, ...others] = frames
  const path = frame?.path
  const only = { ...name, only: path === undefined ? {} : { path } }
  const key = renderStagedKey(prefix, only)
  const isPlain = others.length === 0 && frame?.offsets.length === 1 && frame.large === undefined && !adopted
  const fits = Buffer.byteLength(key) <= MAX_STAGED_KEY
  return isPlain && fits ? { key, name: only } : { key: renderStagedKey(prefix, name), name }
}

const firstOf = (runs: StagedFrame['offsets']) => runs[0]?.[0] ?? Number.POSITIVE_INFINITY

function lastOf(runs: StagedFrame['offsets']): number {
  const [first, count] = runs.at(-1) ?? [0, 0]
  return first + count - 1
}
