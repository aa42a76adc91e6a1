/** Items of a stream that come in groups, taken one after the other. */
class Items<Item> {
  #groups: AsyncIterator<Item[]>
  #group: Item[] = []
  #next = 0

  constructor(groups: AsyncIterable<Item[]>) {
    this.#groups = groups[Symbol.asyncIterator]()
  }

  /** As many items; fewer where the stream ends. */
  async take(count: number): Promise<Item[]> {
    const taken: Item[] = []
    while (taken.length < count) {
      if (this.#next < this.#group.length) {
        const end = Math.min(this.#group.length, this.#next + count - taken.length)
        for (; this.#next < end; this.#next++) taken.push(this.#group[this.#next] as Item)
        continue
      }
      const { value, done = false } = await this.#groups.next()
      if (done) break
      this.#group = value
      this.#next = 0
    }
    return taken
  }

  async close(): Promise<void> {
    await this.#groups.return?.()
  }
}

/**
 * Streams that stand side by side, in groups of the first one's size.
 *
 * @throws an error when they aren't equally long
 */
export async function* zipped<First, Other>(
  first: AsyncIterable<First[]>,
  others: AsyncIterable<Other[]>[],
): AsyncIterable<[First[], ...Other[][]]> {
  const items = others.map(other => new Items(other))
  try {
    for await (const group of first) {
      const beside = await Promise.all(items.map(other => other.take(group.length)))
      if (beside.some(({ length }) => length < group.length)) throw new Error('a companion has fewer records')
      yield [group, ...beside]
    }
    const left = await Promise.all(items.map(other => other.take(1)))
    if (left.some(({ length }) => length > 0)) throw new Error('a companion has more records')
  } finally {
    await Promise.all(items.map(other => other.close()))
  }
}
