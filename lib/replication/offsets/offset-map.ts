/** Consecutive records of a source partition that are consecutive on the target, too. */
export interface Span {
  /** Offset of the first record on the source. */
  sourceFirst: number
  /** Offset of the same record on the target. */
  targetFirst: number
  /** How many records there are, at least one. */
  count: number
}

/** Where the producer placed the records of one request. */
export interface Placed {
  /** Offset of the first one on the target. */
  firstOffset: number
  records: number
}

/**
 * The spans of a batch.
 *
 * @param sourceOffsets in order
 * @param placed where these records are on the target, request by request
 */
export function spansOf(sourceOffsets: number[], placed: Placed[]): Span[] {
  const spans: Span[] = []
  let index = 0
  for (const { firstOffset, records } of placed) {
    for (let record = 0; record < records; record++) {
      const span = { sourceFirst: sourceOffsets[index++] as number, targetFirst: firstOffset + record, count: 1 }
      const last = spans.at(-1)
      if (last && touches(last, span)) last.count += 1
      else spans.push(span)
    }
  }
  return spans
}

/**
 * Most spans of one partition in memory, 24 bytes each. Beyond this every second span of the older half is dropped, and
 * positions in it translate to the end of the span before: earlier than exact, as with MirrorMaker 2, never later.
 */
const MAX_SPANS = 200_000

/**
 * Where the records of one source partition are on the target: spans in the order of their offsets on both sides.
 *
 * A record that was replicated more than once counts where it is first. Everything that follows it on the source is then
 * after it on the target, so a consumer that continues there misses nothing.
 */
export class OffsetMap {
  #spans: Span[] = []
  readonly #maxSpans: number

  constructor(maxSpans = MAX_SPANS) {
    this.#maxSpans = maxSpans
  }

  /** The spans in order; neighbours that touch on both sides are one. */
  get spans(): readonly Span[] {
    return this.#spans
  }

  /** The offset after the last source record that is known to be on the target; undefined when there is none. */
  get sourceEnd(): number | undefined {
    const last = this.#spans.at(-1)
    return last && last.sourceFirst + last.count
  }

  /**
   * Adds replicated records, in the order in which they were replicated; spans that fit between others may come late.
   *
   * Known spans change nothing. All earlier spans are forgotten when the source was rewound to before the first known span,
   * as MirrorMaker 2 does, or when the target has other records in their place, because it was emptied.
   */
  add(span: Span): void {
    const index = this.#indexOf(span.sourceFirst, ({ sourceFirst }) => sourceFirst)
    const [previous, next] = [this.#spans[index], this.#spans[index + 1]]
    if (this.#isElsewhere(span)) this.#spans = [{ ...span }]
    else if (follows(span, previous) && follows(next, span)) this.#insert(index + 1, span)
    else if (!previous) this.#spans = [{ ...span }]
    else this.#append(span)
  }

  /**
   * The target offset at which a consumer continues that committed this offset on the source: the offset of the record or,
   * in a gap of the source, the offset after the last record before it. Undefined before the first known record, because
   * replication may have begun after that position.
   */
  translate(sourceOffset: number): number | undefined {
    const span = this.#spans[this.#indexOf(sourceOffset, ({ sourceFirst }) => sourceFirst)]
    return span && span.targetFirst + Math.min(sourceOffset - span.sourceFirst, span.count)
  }

  /** Adds the part of a span after the last known record; the rest was replicated before. */
  #append(span: Span): void {
    const last = this.#spans.at(-1) as Span
    const rest = after(span, Math.max(0, last.sourceFirst + last.count - span.sourceFirst))
    if (rest.count > 0 && follows(rest, last)) this.#insert(this.#spans.length, rest)
  }

  #insert(index: number, span: Span): void {
    const previous = this.#spans[index - 1]
    if (previous && touches(previous, span)) previous.count += span.count
    else this.#spans.splice(index, 0, { ...span })
    if (this.#spans.length > this.#maxSpans) this.#thin()
  }

  /** Whether the target has other records in the span's place. */
  #isElsewhere({ sourceFirst, targetFirst, count }: Span): boolean {
    const other = this.#spans[this.#indexOf(targetFirst + count - 1, span => span.targetFirst)]
    if (!other || other.targetFirst + other.count <= targetFirst) return false
    return other.targetFirst - other.sourceFirst !== targetFirst - sourceFirst
  }

  /** Index of the last span whose field is at most this; -1 when there is none. */
  #indexOf(offset: number, field: (span: Span) => number): number {
    let [low, high] = [0, this.#spans.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (field(this.#spans[middle] as Span) <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #thin(): void {
    const older = this.#spans.length >>> 1
    this.#spans = this.#spans.filter((_, index) => index >= older || index % 2 === 0)
  }
}

/** Whether there is no gap between the two on either side. */
export function touches(span: Span, next: Span): boolean {
  return next.sourceFirst === span.sourceFirst + span.count && next.targetFirst === span.targetFirst + span.count
}

/** Whether a span comes after another on both sides; true when one of them is undefined. */
function follows(next: Span | undefined, span: Span | undefined): boolean {
  if (!next || !span) return true
  return next.sourceFirst >= span.sourceFirst + span.count && next.targetFirst >= span.targetFirst + span.count
}

function after({ sourceFirst, targetFirst, count }: Span, records: number): Span {
  return { sourceFirst: sourceFirst + records, targetFirst: targetFirst + records, count: count - records }
}
