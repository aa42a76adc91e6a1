import type { Span } from '../../lib/replication/offsets/span-list.ts'

/** The rules of `OffsetMap` in the plainest form: an array of objects that is searched from its beginning. */
export class NaiveOffsetMap {
  spans: Span[] = []

  add(span: Span): void {
    const index = this.spans.findLastIndex(({ sourceFirst }) => sourceFirst <= span.sourceFirst)
    const [previous, next] = [this.spans[index], this.spans[index + 1]]
    if (this.#isElsewhere(span)) this.spans = [span]
    else if (follows(span, previous) && follows(next, span)) this.spans.splice(index + 1, 0, span)
    else if (!previous) this.spans = [span]
    else this.#append(span)
  }

  translate(offset: number): number | undefined {
    const span = this.spans.findLast(({ sourceFirst }) => sourceFirst <= offset)
    return span && span.targetFirst + Math.min(offset - span.sourceFirst, span.count)
  }

  #append({ sourceFirst, targetFirst, count }: Span): void {
    const last = this.spans.at(-1) as Span
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

function follows(next: Span | undefined, span: Span | undefined): boolean {
  if (!next || !span) return true
  return next.sourceFirst >= span.sourceFirst + span.count && next.targetFirst >= span.targetFirst + span.count
}
