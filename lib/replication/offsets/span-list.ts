/** Consecutive records of a source partition that are consecutive on the target, too. */
export interface Span {
  /** Offset of the first record on the source. */
  sourceFirst: number
  /** Offset of the same record on the target. */
  targetFirst: number
  /** How many records there are, at least one. */
  count: number
}

/** The fields of a span in an array, in this order. */
const SOURCE = 0
const TARGET = 1
const COUNT = 2
const FIELDS = 3

/** By which offset spans are found. Both are in order. */
export type Side = 'source' | 'target'
const fieldOf: Record<Side, number> = { source: SOURCE, target: TARGET }

/** Spans of a full chunk. An insertion moves at most this many, 12 KB. */
const CHUNK_SPANS = 512
/** Spans for which a new chunk has room. Most partitions have few. */
const FIRST_SPANS = 4

interface Chunk {
  fields: Float64Array
  length: number
}

/**
 * Where a span is in a {@link SpanList}; any change but `setCount` moves the others. `undefined` stands for the place
 * before the first span.
 */
export interface Place {
  chunk: number
  index: number
}

/**
 * Spans in the order of their offsets on both sides, 24 bytes each. They are in typed arrays, because millions of objects
 * would fill the heap, and in chunks, because a span that comes late would move all later ones in a single array.
 */
export class SpanList {
  #chunks: Chunk[] = []
  readonly #chunkSpans: number
  #length = 0

  constructor(chunkSpans = CHUNK_SPANS) {
    this.#chunkSpans = chunkSpans
  }

  get length(): number {
    return this.#length
  }

  get last(): Place | undefined {
    const chunk = this.#chunks.length - 1
    return chunk < 0 ? undefined : { chunk, index: this.#chunkAt(chunk).length - 1 }
  }

  get(place: Place | undefined): Span | undefined {
    if (place === undefined) return undefined
    const { fields } = this.#chunkAt(place.chunk)
    const at = place.index * FIELDS
    return {
      sourceFirst: fields[at + SOURCE] as number,
      targetFirst: fields[at + TARGET] as number,
      count: fields[at + COUNT] as number,
    }
  }

  setCount({ chunk, index }: Place, count: number): void {
    this.#chunkAt(chunk).fields[index * FIELDS + COUNT] = count
  }

  /** The place after this one; undefined after the last. */
  next(place: Place | undefined): Place | undefined {
    if (place === undefined) return this.#length > 0 ? { chunk: 0, index: 0 } : undefined
    const { chunk, index } = place
    if (index + 1 < this.#chunkAt(chunk).length) return { chunk, index: index + 1 }
    return chunk + 1 < this.#chunks.length ? { chunk: chunk + 1, index: 0 } : undefined
  }

  /** The place of the last span that begins at this offset or before it; undefined when there is none. */
  floor(side: Side, offset: number): Place | undefined {
    const field = fieldOf[side]
    const chunk = lastIndex(this.#chunks.length, index => (this.#chunkAt(index).fields[field] as number) <= offset)
    if (chunk < 0) return undefined
    const { fields, length } = this.#chunkAt(chunk)
    return { chunk, index: lastIndex(length, index => (fields[index * FIELDS + field] as number) <= offset) }
  }

  insertAfter(place: Place | undefined, span: Span): void {
    const { chunk, index } = this.#room(place)
    const { fields, length } = this.#chunkAt(chunk)
    fields.copyWithin((index + 1) * FIELDS, index * FIELDS, length * FIELDS)
    fields.set([span.sourceFirst, span.targetFirst, span.count], index * FIELDS)
    this.#chunkAt(chunk).length += 1
    this.#length += 1
  }

  remove({ chunk, index }: Place): void {
    const { fields, length } = this.#chunkAt(chunk)
    fields.copyWithin(index * FIELDS, (index + 1) * FIELDS, length * FIELDS)
    this.#chunkAt(chunk).length -= 1
    this.#length -= 1
    if (length === 1) this.#chunks.splice(chunk, 1)
  }

  clear(): void {
    this.#chunks.length = 0
    this.#length = 0
  }

  /** Drops every second span of the older half, without a copy of the rest. */
  thin(): void {
    this.#pack()
    let older = this.#length >>> 1
    for (const chunk of this.#chunks) {
      const spans = Math.min(older, chunk.length)
      this.#thinChunk(chunk, spans)
      older -= spans
    }
    this.#pack()
  }

  *[Symbol.iterator](): Generator<Span> {
    for (let place = this.next(undefined); place !== undefined; place = this.next(place)) yield this.get(place) as Span
  }

  #chunkAt(index: number): Chunk {
    return this.#chunks[index] as Chunk
  }

  /** Makes room for one span after a place, and returns where it goes. */
  #room(place: Place | undefined): Place {
    if (this.#chunks.length === 0)
      this.#chunks.push({ fields: spansArray(Math.min(FIRST_SPANS, this.#chunkSpans)), length: 0 })
    const [chunk, index] = place === undefined ? [0, 0] : [place.chunk, place.index + 1]
    const full = this.#chunkAt(chunk)
    if (full.length * FIELDS < full.fields.length) return { chunk, index }
    if (full.length < this.#chunkSpans) {
      const larger = spansArray(Math.min(full.length * 2, this.#chunkSpans))
      larger.set(full.fields)
      full.fields = larger
      return { chunk, index }
    }
    return this.#split(chunk, index)
  }

  /** Spans that come in order leave full chunks behind; one that belongs in between divides its chunk in two. */
  #split(chunk: number, index: number): Place {
    const { fields, length } = this.#chunkAt(chunk)
    const kept = index === length ? length : length >>> 1
    const second = spansArray(this.#chunkSpans)
    second.set(fields.subarray(kept * FIELDS))
    this.#chunks.splice(chunk + 1, 0, { fields: second, length: length - kept })
    this.#chunkAt(chunk).length = kept
    return index < kept || kept === 0 ? { chunk, index } : { chunk: chunk + 1, index: index - kept }
  }

  /** Drops every second one of a chunk's first spans. */
  #thinChunk(chunk: Chunk, spans: number): void {
    if (spans < 2) return
    let kept = 0
    for (let index = 0; index < chunk.length; index++) {
      if (index < spans && index % 2 === 1) continue
      chunk.fields.copyWithin(kept * FIELDS, index * FIELDS, (index + 1) * FIELDS)
      kept += 1
    }
    this.#length -= chunk.length - kept
    chunk.length = kept
  }

  /** Moves the spans of neighbouring chunks together, so that thinning frees memory. */
  #pack(): void {
    const packed: Chunk[] = []
    for (const chunk of this.#chunks) {
      const last = packed.at(-1)
      if (last && (last.length + chunk.length) * FIELDS <= last.fields.length) {
        last.fields.set(chunk.fields.subarray(0, chunk.length * FIELDS), last.length * FIELDS)
        last.length += chunk.length
      } else {
        packed.push(chunk)
      }
    }
    this.#chunks = packed
  }
}

function spansArray(spans: number): Float64Array {
  return new Float64Array(spans * FIELDS)
}

/** The last index below `length` for which a predicate holds that also holds for all before it; -1 when there is none. */
function lastIndex(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}
