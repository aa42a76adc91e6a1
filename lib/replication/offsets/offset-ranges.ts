/** Offsets of a block, a multiple of 32. A block with gaps takes an eighth of this in bytes. */
const BLOCK = 8_192
const WORD_BITS = 32

/** The offsets of one block that are in the set, relative to its beginning. */
type Block = { first: number; end: number } | Uint32Array

/**
 * A set of offsets, in blocks: one without gaps is a range, one with gaps has a bit for each offset. So a set never takes
 * more than about an eighth of a byte for each offset between its first and its last one, however many gaps there are: 13 MB
 * for a hundred million.
 */
export class OffsetRanges {
  readonly #blocks = new Map<number, Block>()

  /** How many bytes the set takes, roughly. */
  bytes = 0

  /** @param count at least one */
  add(first: number, count: number): void {
    const end = first + count
    for (let from = first; from < end; ) {
      const index = Math.floor(from / BLOCK)
      const start = index * BLOCK
      const to = Math.min(end, start + BLOCK)
      this.#addToBlock(index, from - start, to - start)
      from = to
    }
  }

  has(offset: number): boolean {
    const index = Math.floor(offset / BLOCK)
    const [block, at] = [this.#blocks.get(index), offset - index * BLOCK]
    if (block === undefined) return false
    if (block instanceof Uint32Array)
      return ((block[Math.floor(at / WORD_BITS)] as number) & (1 << (at % WORD_BITS))) !== 0
    return block.first <= at && at < block.end
  }

  #addToBlock(index: number, first: number, end: number): void {
    const block = this.#blocks.get(index)
    if (block instanceof Uint32Array) {
      setBits(block, first, end)
    } else if (block && block.first <= end && first <= block.end) {
      block.first = Math.min(block.first, first)
      block.end = Math.max(block.end, end)
    } else if (block) {
      const bits = new Uint32Array(BLOCK / WORD_BITS)
      setBits(bits, block.first, block.end)
      setBits(bits, first, end)
      this.#blocks.set(index, bits)
      this.bytes += bits.byteLength
    } else {
      this.#blocks.set(index, { first, end })
      this.bytes += RANGE_BYTES
    }
  }
}

/** A range with its entry in the map: an object of two numbers, a key and a pointer. */
const RANGE_BYTES = 64

function setBits(bits: Uint32Array, first: number, end: number): void {
  for (let at = first; at < end; at++) {
    const word = Math.floor(at / WORD_BITS)
    bits[word] = (bits[word] as number) | (1 << (at % WORD_BITS))
  }
}
