/** What has a time, in milliseconds since the epoch. */
interface Timed {
  timestamp: number
}

/** A source of which the first part is at hand. */
interface Head<Item> {
  items: Item[]
  next: number
  rest: AsyncIterator<Item[]>
}

/**
 * Merges sources by time. Each is in order but for its parts, which are sorted here; one part of each is in memory.
 *
 * @throws what a source throws
 */
export async function* mergedByTime<Item extends Timed>(sources: AsyncIterable<Item[]>[]): AsyncGenerator<Item> {
  const heads = await Promise.all(
    sources.map(async source => await filled({ items: [], next: 0, rest: source[Symbol.asyncIterator]() })),
  )
  let open = heads.filter(head => head !== undefined)
  while (open.length > 0) {
    const first = open.reduce((least, head) => (timeOf(head) < timeOf(least) ? head : least))
    yield first.items[first.next] as Item
    first.next++
    if (first.next === first.items.length && !(await filled(first))) open = open.filter(head => head !== first)
  }
}

const timeOf = ({ items, next }: Head<Timed>) => items[next]?.timestamp ?? 0

/** Gets the next part that has anything; undefined at the end. */
async function filled<Item extends Timed>(head: Head<Item>): Promise<Head<Item> | undefined> {
  for (;;) {
    const { value, done } = await head.rest.next()
    if (done) return undefined
    if (value.length === 0) continue
    head.items = value.toSorted((one, other) => one.timestamp - other.timestamp)
    head.next = 0
    return head
  }
}
