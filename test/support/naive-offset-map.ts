import type { Span } from '../../lib/replication/offsets/span-list.ts'

/** The rules of `OffsetMap` in the plainest form: an array of objects that is searched from its beginning. */
export class NaiveOffsetMap {
  spans: Span[] = []
  #again: NaiveOffsetMap | undefined
  #hasLate = false

  add(span: Span): void {
    const index = this.spans.findLastIndex(({ sourceFirst }) => sourceFirst <= span.sourceFirst)
    const [previous, next] = [this.spans[index], this.spans[index + 1]]
    const fits = follows(span, previous) && follows(next, span)
    if (follows(span, this.spans.at(-1)) && this.#again) [this.#again, this.#hasLate] = [undefined, true]
    if (this.#isElsewhere(span)) this.#again = undefined
    if (this.#isElsewhere(span)) [this.spans, this.#hasLate] = [[span], false]
    else if (fits) this.spans.splice(index + 1, 0, span)
    else {
      if (previous) this.#append(span)
      this.#addAgain(span, !previous)
    }
  }

  #addAgain(span: Span, isRewind: boolean): void {
    if (isRewind) this.#again ??= new NaiveOffsetMap()
    this.#again?.add(span)
    const again = new Set(this.#again?.spans.flatMap(offsetsOf))
    if (
      !this.#again ||
      this.#hasLate ||
      this.#again.#hasLate ||
      !this.spans.flatMap(offsetsOf).every(offset => again.has(offset))
    )
      return
    this.spans = this.#again.spans
    this.#again = undefined
  }

  translate(offset: number): number | undefined {
    const span = this.spans.findLast(({ sourceFirst }) => sourceFirst <= offset)
    return span && span.targetFirst + Math.min(offset - span.sourceFirst, span.count)
  }

  #append({ sourceFirst, targetFirst, count }: Span): void {
    const last = this.spans.at(-1) as Span
    const knownOffsets = new Set(this.spans.flatMap(offsetsOf))
    const end = last.sourceFirst + last.count
    if (offsetsOf({ sourceFirst, targetFirst, count }).some(offset => offset < end && !knownOffsets.has(offset)))
      this.#hasLate = true
    const known = Math.max(0, last.sourceFirst + last.count - sourceFirst)
    const rest = { sourceFirst: sourceFirst + known, targetFirst: targetFirst + known, count: count - known }
    if (rest.count > 0 && follows(rest, last)) this.spans.push(rest)
  }

  #isElsewhere({ sourceFirst, targetFirst, count }: Span): boolean {
    const other = this.spans.findLast(span => span.targetFirst <= targetFirst + count - 1)
    if (!other || other.targetFirst + other.count <= targetFirst) return false
    return other.targetFirst - other.sourceFirst !== targetFirst - sourceFirst
  }
}

function offsetsOf({ sourceFirst, count }: Span): number[] {
  return Array.from({ length: count }, (_, index) => sourceFirst + index)
}

function follows(next: Span | undefined, span: Span | undefined): boolean {
  if (!next || !span) return true
  return next.sourceFirst >= span.sourceFirst + span.count && next.targetFirst >= span.targetFirst + span.count
}
