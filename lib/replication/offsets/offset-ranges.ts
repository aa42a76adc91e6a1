/** A set of offsets, stored as ranges that don't touch each other. */
export class OffsetRanges {
  /** In order; `end` is the offset after the last one. */
  #ranges: { first: number; end: number }[] = []

  /** @param count at least one */
  add(first: number, count: number): void {
    const end = first + count
    const from = this.#indexOf(range => range.end >= first)
    const to = this.#indexOf(range => range.first > end)
    const joined = this.#ranges.slice(from, to)
    this.#ranges.splice(from, to - from, {
      first: Math.min(first, joined[0]?.first ?? first),
      end: Math.max(end, joined.at(-1)?.end ?? end),
    })
  }

  has(offset: number): boolean {
    const range = this.#ranges[this.#indexOf(({ end }) => end > offset)]
    return range !== undefined && range.first <= offset
  }

  /** Index of the first range for which a predicate holds that also holds for all later ranges; their number when there is none. */
  #indexOf(holds: (range: { first: number; end: number }) => boolean): number {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#ranges[middle] as { first: number; end: number })) high = middle
      else low = middle + 1
    }
    return low
  }
}
