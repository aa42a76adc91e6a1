/** Consecutive records of a source partition that are consecutive on the target, too. */
export interface Span {
  /** Offset of the first record on the source. */
  sourceFirst: number
  /** Offset of the same record on the target. */
  targetFirst: number
  /** How many records there are, at least one. */
  count: number
}

/** Where the records of one request are, as the producer says it. */
export interface Placed {
  /** Offset of the first one on the target. */
  firstOffset: number
  records: number
}

/**
 * The spans of a batch.
 *
 * @param sourceOffsets in order
 * @param placed what became of these records, request by request
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
 * Spans of one partition in memory, 24 bytes each. Beyond this every second one of the older half is given up, and
 * positions in it become those of the span before: earlier than the truth, as with MirrorMaker 2, never past it.
 */
const MAX_SPANS = 200_000

/**
 * Where the records of one source partition are on the target: spans in the order of their offsets on both sides.
 *
 * A record that was replicated more than once counts where it is first: whatever comes after it on the source is then
 * behind it on the target, so a consumer that goes on there leaves nothing out.
 */
export class OffsetMap {
  #spans: Span[] = []
  readonly #mostSpans: number

  constructor(mostSpans = MAX_SPANS) {
    this.#mostSpans = mostSpans
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
   * Takes in what was replicated, in the order in which it happened; spans that fit between others may come late.
   *
   * Spans that are known already change nothing. All earlier ones are forgotten when the source was rewound to before
   * what is known, as MirrorMaker 2 does, or when the target holds something else where they were: it was emptied.
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
   * The target offset at which a consumer goes on that committed this offset on the source: that of the record, or in a
   * gap of the source the one after the last record before it. Undefined before the first known record: replication may
   * have begun after that position.
   */
  translate(sourceOffset: number): number | undefined {
    const span = this.#spans[this.#indexOf(sourceOffset, ({ sourceFirst }) => sourceFirst)]
    return span && span.targetFirst + Math.min(sourceOffset - span.sourceFirst, span.count)
  }

  /** Takes what lies behind all that is known; the rest was replicated before. */
  #append(span: Span): void {
    const last = this.#spans.at(-1) as Span
    const rest = after(span, Math.max(0, last.sourceFirst + last.count - span.sourceFirst))
    if (rest.count > 0 && follows(rest, last)) this.#insert(this.#spans.length, rest)
  }

  #insert(index: number, span: Span): void {
    const previous = this.#spans[index - 1]
    if (previous && touches(previous, span)) previous.count += span.count
    else this.#spans.splice(index, 0, { ...span })
    if (this.#spans.length > this.#mostSpans) this.#thin()
  }

  /** Whether the target has other records in the span's place. */
  #isElsewhere({ sourceFirst, targetFirst, count }: Span): boolean {
    const other = this.#spans[this.#indexOf(targetFirst + count - 1, span => span.targetFirst)]
    if (!other || other.targetFirst + other.count <= targetFirst) return false
    return other.targetFirst - other.sourceFirst !== targetFirst - sourceFirst
  }

  /** Index of the last span whose field is at most this, -1 without one. */
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

/** Whether nothing lies between the two, on neither side. */
export function touches(span: Span, next: Span): boolean {
  return next.sourceFirst === span.sourceFirst + span.count && next.targetFirst === span.targetFirst + span.count
}

/** Whether a span lies behind another on both sides; one that isn't there is in nobody's way. */
function follows(next: Span | undefined, span: Span | undefined): boolean {
  if (!next || !span) return true
  return next.sourceFirst >= span.sourceFirst + span.count && next.targetFirst >= span.targetFirst + span.count
}

function after({ sourceFirst, targetFirst, count }: Span, records: number): Span {
  return { sourceFirst: sourceFirst + records, targetFirst: targetFirst + records, count: count - records }
}
