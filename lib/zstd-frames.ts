import zlib from 'node:zlib'

/**
 * The frames of zstd data. Node.js decompresses the first frame and stops without an error (nodejs/node 64741), so whoever
 * reads data that others may have joined has to find out where each frame ends. Source: RFC 8878, section 3.1.
 */

/** Bytes that belong to a frame with content. Skippable frames have none and are left out. */
export interface FramePiece {
  bytes: Buffer
  /** Blocks that begin in these bytes. The content of each has at most 128 KB. */
  blocks: number
  /** Whether the frame ends with these bytes. */
  last: boolean
}

/** Where the next unit of a frame begins: a frame is a header, blocks, and perhaps a checksum. */
interface Place {
  unit: 'frame' | 'block' | 'checksum'
  hasChecksum: boolean
}

interface Unit {
  /** Bytes. */
  length: number
  next: Place
  isSkippable?: boolean
}

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const CHECKSUM_BYTES = 4
const BLOCK_HEADER_BYTES = 3
/** Bytes of the dictionary's id and of the content's size, by their flags. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4]
const CONTENT_SIZE_BYTES = [0, 2, 4, 8]
const RLE_BLOCK = 1
const RESERVED_BLOCK = 3

const START: Place = { unit: 'frame', hasChecksum: false }

/** Divides zstd data that comes in chunks. Holds back one block, at most 128 KB. */
export class ZstdFrames {
  #place = START
  #rest: Buffer = Buffer.alloc(0)
  #skip = 0

  /** @throws an error when the last frame is incomplete */
  end(): void {
    if (this.#place.unit !== 'frame' || this.#rest.length > 0 || this.#skip > 0) {
      throw new Error('the last zstd frame is cut off')
    }
  }

  /**
   * The pieces of the next chunk, in order.
   *
   * @throws an error when the bytes are not zstd
   */
  *pieces(chunk: Buffer): Iterable<FramePiece> {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk
    let start = 0
    let end = 0
    let blocks = 0
    while (true) {
      const skipped = Math.min(this.#skip, bytes.length - end)
      this.#skip -= skipped
      end += skipped
      if (skipped > 0) start = end
      const unit = units[this.#place.unit](bytes, end, this.#place)
      if (!unit || (!unit.isSkippable && end + unit.length > bytes.length)) break
      if (this.#place.unit === 'block') blocks += 1
      this.#place = unit.next
      if (unit.isSkippable) this.#skip = unit.length
      else end += unit.length
      if (!unit.isSkippable && unit.next.unit === 'frame') {
        yield { bytes: bytes.subarray(start, end), blocks, last: true }
        start = end
        blocks = 0
      }
    }
    if (end > start) yield { bytes: bytes.subarray(start, end), blocks, last: false }
    this.#rest = bytes.subarray(end)
  }
}

/**
 * The frames of complete data, without skippable ones.
 *
 * @throws an error when a frame is cut off, or followed by anything but a frame
 */
export function zstdFrames(bytes: Buffer): Buffer[] {
  const frames = new ZstdFrames()
  const found = Array.from(frames.pieces(bytes), piece => piece.bytes)
  frames.end()
  return found
}

/**
 * The content of all frames.
 *
 * @throws an error when a frame is damaged or cut off, or followed by anything but a frame
 */
export function zstdContent(bytes: Buffer): Buffer {
  const contents = zstdFrames(bytes).map(frame => zlib.zstdDecompressSync(frame))
  return contents.length === 1 ? (contents[0] as Buffer) : Buffer.concat(contents)
}

/** The unit at a position; undefined when more bytes are needed to know its length. */
const units: Record<Place['unit'], (bytes: Buffer, position: number, place: Place) => Unit | undefined> = {
  frame(bytes, position) {
    if (bytes.length < position + 4) return undefined
    const magic = bytes.readUInt32LE(position)
    if ((magic & ~0xf) >>> 0 === SKIPPABLE_MAGIC) {
      if (bytes.length < position + 8) return undefined
      return { length: 8 + bytes.readUInt32LE(position + 4), next: START, isSkippable: true }
    }
    if (magic !== MAGIC) throw new Error('no zstd frame begins here')
    const descriptor = bytes[position + 4]
    return descriptor === undefined ? undefined : header(descriptor)
  },
  block(bytes, position, { hasChecksum }) {
    if (bytes.length < position + BLOCK_HEADER_BYTES) return undefined
    const header = bytes.readUIntLE(position, BLOCK_HEADER_BYTES)
    const type = (header >> 1) & 3
    if (type === RESERVED_BLOCK) throw new Error('a zstd block is of a reserved type')
    const isLast = (header & 1) === 1
    const next: Place = !isLast ? { unit: 'block', hasChecksum } : hasChecksum ? CHECKSUM : START
    return { length: BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >> 3), next }
  },
  checksum: () => ({ length: CHECKSUM_BYTES, next: START }),
}

const CHECKSUM: Place = { unit: 'checksum', hasChecksum: true }

function header(descriptor: number): Unit {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const window = isSingleSegment ? 0 : 1
  const dictionaryId = DICTIONARY_ID_BYTES[descriptor & 3] as number
  const contentSize = (CONTENT_SIZE_BYTES[descriptor >> 6] as number) || (isSingleSegment ? 1 : 0)
  const hasChecksum = (descriptor & 4) !== 0
  return { length: 5 + window + dictionaryId + contentSize, next: { unit: 'block', hasChecksum } }
}
