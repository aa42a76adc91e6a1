import { CodedError } from '../../error.ts'
import type { RecordBytes } from './mirror-records.ts'
import type { Span } from './span-list.ts'

/** A part of an offset map that one writer keeps in one record. */
export interface Segment {
  /** Topic of the source cluster. */
  topic: string
  partition: number
  /** Id of the source topic; only segments written in transactions have it. */
  topicId?: string
  /** When the segment was begun, in milliseconds since the epoch. Segments are in this order. */
  begun: number
  /**
   * Whether the records came out of their order: they were done again after others had followed them. Then the spans only say which
   * records are on the target. A position can't be translated with them: what follows it on the source is before it on the target.
   */
  late?: boolean
  /** At least one, in the order of their offsets on both sides. */
  spans: Span[]
}

/** Most spans in one record: at three or four bytes each, a record has at most about 2 KB. */
export const SEGMENT_SPANS = 512

/** The version depends on whether the segment has a {@link Segment.topicId}, and is {@link Segment.late}. */
const VERSION = 0
const VERSION_WITH_ID = 1
const VERSION_LATE = 2
const ID_BYTES = 16
const MARK = 0x80

/**
 * The key identifies a segment: topic STRING (its length in bytes as INT16, then UTF-8), partition INT32, begun INT64,
 * first source offset INT64. The value: version INT16, in versions 1 and 2 the topic id in 16 bytes, then three variable-length
 * numbers for each span (seven bits per byte, lowest first, as in Protocol Buffers): the distances of its source and target
 * offset from the ends of the span before, and its count.
 */
export function encodeSegment({ topic, partition, topicId, begun, late, spans }: Segment): RecordBytes {
  const name = Buffer.from(topic)
  const key = Buffer.alloc(2 + name.length + 4 + 8 + 8)
  key.writeInt16BE(name.length)
  name.copy(key, 2)
  key.writeInt32BE(partition, 2 + name.length)
  key.writeBigInt64BE(BigInt(begun), 6 + name.length)
  key.writeBigInt64BE(BigInt(spans[0]?.sourceFirst ?? 0), 14 + name.length)
  const value = topicId === undefined ? [0, VERSION] : [0, late ? VERSION_LATE : VERSION_WITH_ID, ...idBytes(topicId)]
  let [source, target] = [0, 0]
  for (const { sourceFirst, targetFirst, count } of spans) {
    pushNumber(value, sourceFirst - source)
    pushNumber(value, targetFirst - target)
    pushNumber(value, count)
    source = sourceFirst + count
    target = targetFirst + count
  }
  return { key, value: Buffer.from(value) }
}

/** @throws CodedError `RECORD_UNDECODABLE` */
export function decodeSegment({ key, value }: RecordBytes): Segment {
  return decode(() => {
    const identity = keyFields(key)
    const version = value.readInt16BE()
    if (version === VERSION) return { ...identity, spans: decodeSpans(value.subarray(2)) }
    if (version > VERSION_LATE) throw new RangeError(`unknown version ${version}`)
    const spans = decodeSpans(value.subarray(2 + ID_BYTES))
    const topicId = idText(value.subarray(2, 2 + ID_BYTES))
    return { ...identity, topicId, ...(version === VERSION_LATE && { late: true }), spans }
  })
}

/**
 * What the key says about a segment, for a record that deletes it.
 *
 * @throws CodedError `RECORD_UNDECODABLE`
 */
export function decodeSegmentKey(key: Buffer): Pick<Segment, 'topic' | 'partition' | 'begun'> {
  return decode(() => keyFields(key))
}

function keyFields(key: Buffer) {
  const nameEnd = 2 + key.readInt16BE()
  return {
    topic: key.toString('utf8', 2, nameEnd),
    partition: key.readInt32BE(nameEnd),
    begun: Number(key.readBigInt64BE(nameEnd + 4)),
  }
}

function decode<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CodedError('RECORD_UNDECODABLE', `The record is not a valid offset map: ${(cause as Error).message}`, {
      cause,
    })
  }
}

function decodeSpans(value: Buffer): Span[] {
  const spans: Span[] = []
  let [at, source, target] = [0, 0, 0]
  const nextNumber = () => {
    let [number, factor, byte] = [0, 1, MARK]
    for (; byte & MARK; factor *= MARK) {
      byte = value.readUInt8(at++)
      number += (byte & ~MARK) * factor
    }
    return number
  }
  while (at < value.length) {
    const sourceFirst = source + nextNumber()
    const targetFirst = target + nextNumber()
    const count = nextNumber()
    spans.push({ sourceFirst, targetFirst, count })
    source = sourceFirst + count
    target = targetFirst + count
  }
  return spans
}

/** A UUID in five groups of hexadecimal digits. */
function idText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** Uses arithmetic, because offsets have more bits than bitwise operators support. */
function pushNumber(bytes: number[], number: number): void {
  let rest = number
  for (; rest >= MARK; rest = Math.floor(rest / MARK)) bytes.push((rest % MARK) | MARK)
  bytes.push(rest)
}
