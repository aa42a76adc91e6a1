import pLimit, { type LimitFunction } from 'p-limit'

export interface BatcherOptions<Item> {
  /** Items of the same group share batches; groups are independent of each other. */
  groupOf(item: Item): string
  /** The item's position in its group, a whole number. Positions of a batch have no gaps and don't repeat. */
  positionOf(item: Item): number
  /**
   * Compares two items of one position that are there at the same time.
   *
   * @throws the error of the one that came later when they differ, so that it isn't taken for the other
   */
  compare(earlier: Item, later: Item): void
  /**
   * Delivers one batch of one group, in the order of positions. The group's next batch follows once the promise settles.
   *
   * @returns the errors of the items that were not delivered
   * @throws the error of all items
   */
  deliver(items: Item[]): Promise<ReadonlyMap<Item, unknown>>
  /** The maximum number of items of a batch. */
  size: number
  /** How long a batch waits for more items, in milliseconds. 0: only until the group's previous batch is delivered. */
  windowMs: number
  /** How many batches are delivered at the same time, of all groups. */
  concurrency: number
}

/** An item whose delivery has not ended; all its senders wait for the same promise. */
interface Pending<Item> {
  item: Item
  position: number
  settle: PromiseWithResolvers<void>
}

/** The items of one group by position. A group that has none is forgotten. */
interface Group<Item> {
  waiting: Map<number, Pending<Item>>
  underWay: Map<number, Pending<Item>>
  /** Runs one batch at a time, so that the items of a group stay in order. */
  inTurn: LimitFunction
  window?: NodeJS.Timeout
}

/**
 * Collects items that arrive one by one into batches, and tells each item's sender how its delivery ended. Items that arrive
 * while a batch of their group is being delivered form the next batch, or several if positions are missing between them. So
 * the first and last position identify a batch's content, and a repeated part of a batch can't be taken for the whole.
 */
export class Batcher<Item> {
  readonly #options: BatcherOptions<Item>
  readonly #groups = new Map<string, Group<Item>>()
  readonly #concurrency: LimitFunction
  #closed = false

  constructor(options: BatcherOptions<Item>) {
    this.#options = options
    this.#concurrency = pLimit(options.concurrency)
  }

  /**
   * Resolves when the item is delivered. The same item again, before that, is delivered once.
   *
   * @throws the error of its delivery, or that of `compare`
   */
  async add(item: Item): Promise<void> {
    const { groupOf, positionOf, compare, size, windowMs } = this.#options
    const name = groupOf(item)
    const position = positionOf(item)
    const group: Group<Item> = this.#groups.get(name) ?? { waiting: new Map(), underWay: new Map(), inTurn: pLimit(1) }
    this.#groups.set(name, group)
    const known = group.waiting.get(position) ?? group.underWay.get(position)
    if (known) {
      compare(known.item, item)
      return await known.settle.promise
    }
    const settle = Promise.withResolvers<void>()
    group.waiting.set(position, { item, position, settle })
    if (group.waiting.size >= size || windowMs === 0 || this.#closed) this.#flushGroup(name, group)
    else group.window ??= setTimeout(() => this.#flushGroup(name, group), windowMs)
    return await settle.promise
  }

  /** The number of items whose delivery has not begun. */
  get waiting(): number {
    return [...this.#groups.values()].reduce((sum, { waiting }) => sum + waiting.size, 0)
  }

  /** The number of groups with items whose delivery has not ended. */
  get groups(): number {
    return this.#groups.size
  }

  /** Delivers the waiting items without waiting for more. */
  flush(): void {
    for (const [name, group] of this.#groups) this.#flushGroup(name, group)
  }

  /** Delivers the waiting items without waiting for more, and from now on each as it arrives. */
  close(): void {
    this.#closed = true
    this.flush()
  }

  #flushGroup(name: string, group: Group<Item>): void {
    clearTimeout(group.window)
    group.window = undefined
    void group.inTurn(() => this.#concurrency(() => this.#deliver(name, group)))
  }

  /** Delivers what waits, up to a batch. An earlier call may have taken all of it. */
  async #deliver(name: string, group: Group<Item>): Promise<void> {
    const batch = [...group.waiting.values()].slice(0, this.#options.size)
    for (const pending of batch) {
      group.waiting.delete(pending.position)
      group.underWay.set(pending.position, pending)
    }
    for (const run of runsOf(batch)) await this.#deliverRun(run)
    group.underWay.clear()
    if (group.waiting.size === 0 && group.inTurn.pendingCount === 0) this.#groups.delete(name)
  }

  async #deliverRun(run: Pending<Item>[]): Promise<void> {
    try {
      const errors = await this.#options.deliver(run.map(({ item }) => item))
      for (const { item, settle } of run) {
        if (errors.has(item)) settle.reject(errors.get(item))
        else settle.resolve()
      }
    } catch (error) {
      for (const { settle } of run) settle.reject(error)
    }
  }
}

/** Splits a batch where positions are missing, in the order of positions. */
function runsOf<Item>(batch: Pending<Item>[]): Pending<Item>[][] {
  const runs: Pending<Item>[][] = []
  for (const pending of batch.toSorted((one, other) => one.position - other.position)) {
    const last = runs.at(-1)?.at(-1)
    if (last?.position === pending.position - 1) runs.at(-1)?.push(pending)
    else runs.push([pending])
  }
  return runs
}
