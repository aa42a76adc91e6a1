import { type Place, type Span, SpanList } from './span-list.ts'

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
 * Where the records of one source partition are on the target: spans in the order of their offsets on both sides.
 *
 * A record that was replicated more than once counts where it is first. Everything that follows it on the source is then
 * after it on the target, so a consumer that continues there misses nothing.
 */
export class OffsetMap {
  #spans: SpanList
  /**
   * What was replicated since the source was rewound to before the first known record. It takes the place of the map once it has
   * all that the map has. Until then it may be a few late records, and what follows them on the source is before them on the target.
   */
  #again: OffsetMap | undefined
  /** Whether records came after others that follow them on the source, so that no span says where they are. */
  #hasLate = false

  constructor(spans = new SpanList()) {
    this.#spans = spans
  }

  /** The spans in order; neighbours that touch on both sides are one. */
  get spans(): Iterable<Span> {
    return this.#spans
  }

  /** How many spans are in memory. */
  get length(): number {
    return this.#spans.length + (this.#again?.length ?? 0)
  }

  get first(): Span | undefined {
    return this.#spans.get(this.#spans.next(undefined))
  }

  get last(): Span | undefined {
    return this.#spans.get(this.#spans.last)
  }

  /** The offset after the last source record that is known to be on the target; undefined when there is none. */
  get sourceEnd(): number | undefined {
    return this.last && endOf(this.last).sourceFirst
  }

  /**
   * Adds replicated records, in the order in which they were replicated; spans that fit between others may come late.
   *
   * Known spans change nothing. All earlier spans are forgotten when all their records were replicated again, from before the
   * first one on, or when the target has other records in their place, because it was emptied. MirrorMaker 2 forgets them with
   * the first record before them, and translates positions behind it past records that are only before it on the target.
   */
  add(span: Span): void {
    // Nearly all spans follow the last one, and then nothing has to be searched.
    if (follows(span, this.last)) {
      this.#insertAfter(this.#spans.last, span)
      // The source has passed what is known without repeating all of it.
      if (this.#again) [this.#again, this.#hasLate] = [undefined, true]
    } else this.#addWithin(span)
  }

  #addWithin(span: Span): void {
    const place = this.#spans.floor('source', span.sourceFirst)
    const [previous, next] = [this.#spans.get(place), this.#spans.get(this.#spans.next(place))]
    if (this.#isElsewhere(span)) this.#restart(span)
    else if (follows(span, previous) && follows(next, span)) this.#insertAfter(place, span)
    else {
      if (previous) this.#append(span)
      this.#addAgain(span)
    }
  }

  /** Keeps what a source replicates after a rewind, and forgets what was known before once nothing of it is missing there. */
  #addAgain(span: Span): void {
    const isRewind = span.sourceFirst < (this.first?.sourceFirst ?? 0)
    if (isRewind) this.#again ??= new OffsetMap()
    this.#again?.add(span)
    const again = this.#again
    if (this.#hasLate || !again || !again.#hasAllOf(this)) return
    this.#spans = again.#spans
    this.#again = undefined
  }

  #hasAllOf({ spans, sourceEnd = 0 }: OffsetMap): boolean {
    if (this.#hasLate || (this.sourceEnd ?? 0) < sourceEnd) return false
    for (const { sourceFirst, count } of spans) {
      if (!this.#has(sourceFirst, sourceFirst + count)) return false
    }
    return true
  }

  /** Whether all these source records are known. */
  #has(first: number, end: number): boolean {
    for (let at = first; at < end; ) {
      const span = this.at(at)
      const known = span ? endOf(span).sourceFirst : at
      if (known <= at) return false
      at = known
    }
    return true
  }

  /**
   * Adds records that were replicated before some of the known ones, which decide where both don't fit together. Only those
   * parts are added that are between known spans on both sides; nothing is forgotten.
   */
  addEarlier(span: Span): void {
    for (let rest = span; rest.count > 0; ) {
      const place = this.#spans.floor('source', rest.sourceFirst)
      const [previous, next] = [this.#spans.get(place), this.#spans.get(this.#spans.next(place))]
      if (previous) rest = after(rest, Math.max(0, endOf(previous).sourceFirst - rest.sourceFirst))
      const free = next ? next.sourceFirst - rest.sourceFirst : rest.count
      const part = { ...rest, count: Math.min(rest.count, free) }
      if (part.count > 0 && follows(part, previous) && follows(next, part)) this.#insertAfter(place, part)
      rest = after(rest, Math.max(part.count, 0))
    }
  }

  /**
   * The target offset at which a consumer continues that committed this offset on the source: the offset of the record or,
   * in a gap of the source, the offset after the last record before it. Undefined before the first known record, because
   * replication may have begun after that position.
   */
  translate(sourceOffset: number): number | undefined {
    const span = this.at(sourceOffset)
    return span && span.targetFirst + Math.min(sourceOffset - span.sourceFirst, span.count)
  }

  /** The span of the last known record before this offset, or at it. */
  at(sourceOffset: number): Span | undefined {
    return this.#spans.get(this.#spans.floor('source', sourceOffset))
  }

  /**
   * Drops every second span of the older half. Positions in a dropped span translate to the end of the span before: earlier
   * than exact, as with MirrorMaker 2, never later.
   */
  thin(): void {
    this.#spans.thin()
    this.#again?.thin()
  }

  #restart(span: Span): void {
    this.#again = undefined
    this.#hasLate = false
    this.#spans.clear()
    this.#spans.insertAfter(undefined, span)
  }

  /** Adds the part of a span after the last known record; the rest was replicated before. */
  #append(span: Span): void {
    const last = this.last as Span
    const end = endOf(last).sourceFirst
    if (!this.#has(span.sourceFirst, Math.min(end, endOf(span).sourceFirst))) this.#hasLate = true
    const rest = after(span, Math.max(0, end - span.sourceFirst))
    if (rest.count > 0 && follows(rest, last)) this.#insertAfter(this.#spans.last, rest)
  }

  #insertAfter(place: Place | undefined, span: Span): void {
    const [previous, next] = [this.#spans.get(place), this.#spans.get(this.#spans.next(place))]
    const joinsNext = next && touches(span, next)
    const count = span.count + (joinsNext ? next.count : 0)
    if (joinsNext) this.#spans.remove(this.#spans.next(place) as Place)
    if (place && previous && touches(previous, span)) this.#spans.setCount(place, previous.count + count)
    else this.#spans.insertAfter(place, { ...span, count })
  }

  /** Whether the target has other records in the span's place. */
  #isElsewhere({ sourceFirst, targetFirst, count }: Span): boolean {
    const other = this.#spans.get(this.#spans.floor('target', targetFirst + count - 1))
    if (!other || endOf(other).targetFirst <= targetFirst) return false
    return other.targetFirst - other.sourceFirst !== targetFirst - sourceFirst
  }
}

/** Whether there is no gap between the two on either side. */
export function touches(span: Span, next: Span): boolean {
  const end = endOf(span)
  return next.sourceFirst === end.sourceFirst && next.targetFirst === end.targetFirst
}

/** Whether a span comes after another on both sides; true when one of them is undefined. */
export function follows(next: Span | undefined, span: Span | undefined): boolean {
  if (!next || !span) return true
  const end = endOf(span)
  return next.sourceFirst >= end.sourceFirst && next.targetFirst >= end.targetFirst
}

/** The offsets after the last record of a span. */
export function endOf({ sourceFirst, targetFirst, count }: Span): Pick<Span, 'sourceFirst' | 'targetFirst'> {
  return { sourceFirst: sourceFirst + count, targetFirst: targetFirst + count }
}

function after({ sourceFirst, targetFirst, count }: Span, records: number): Span {
  return { sourceFirst: sourceFirst + records, targetFirst: targetFirst + records, count: count - records }
}
