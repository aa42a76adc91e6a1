import pLimit, { type LimitFunction } from 'p-limit'

export interface GathererOptions<Item> {
  /** Items that have this in common go together; what they have not is independent. */
  groupOf(item: Item): string
  /** The order of the items of a batch. */
  compare(one: Item, other: Item): number
  /** Takes one batch of one group. The next one of that group comes when its promise is settled. */
  deliver(items: Item[]): Promise<void>
  /** Most items of a batch. */
  size: number
  /** How long a batch waits for more of its group, in milliseconds. 0: only for the batch before it. */
  windowMs: number
  /** How many batches are delivered at the same time. */
  concurrency: number
}

interface Waiting<Item> {
  item: Item
  settle: PromiseWithResolvers<void>
}

/** One group's items that wait, and what they wait for. */
interface Group<Item> {
  waiting: Waiting<Item>[]
  /** One batch at a time, so that the items of a group stay in order. */
  inTurn: LimitFunction
  window?: NodeJS.Timeout
}

/**
 * Makes batches of items that come one by one, each of which wants to know what became of it. Whatever comes while a
 * batch of the group is on its way makes the next one.
 */
export class Gatherer<Item> {
  readonly #options: GathererOptions<Item>
  readonly #groups = new Map<string, Group<Item>>()
  readonly #concurrency: LimitFunction
  #closed = false

  constructor(options: GathererOptions<Item>) {
    this.#options = options
    this.#concurrency = pLimit(options.concurrency)
  }

  /**
   * Settles when the item's batch is delivered.
   *
   * @throws what the delivery of its batch has thrown
   */
  add(item: Item): Promise<void> {
    const name = this.#options.groupOf(item)
    const group = this.#groups.get(name) ?? { waiting: [], inTurn: pLimit(1) }
    this.#groups.set(name, group)
    const settle = Promise.withResolvers<void>()
    group.waiting.push({ item, settle })
    const { size, windowMs } = this.#options
    if (group.waiting.length >= size || windowMs === 0 || this.#closed) this.#flush(name, group)
    else group.window ??= setTimeout(() => this.#flush(name, group), windowMs)
    return settle.promise
  }

  /** How many items wait for their batch to begin. */
  get waiting(): number {
    return [...this.#groups.values()].reduce((sum, { waiting }) => sum + waiting.length, 0)
  }

  /** Delivers what waits, without waiting for more. */
  close(): void {
    this.#closed = true
    for (const [name, group] of this.#groups) this.#flush(name, group)
  }

  #flush(name: string, group: Group<Item>): void {
    clearTimeout(group.window)
    group.window = undefined
    void group.inTurn(() => this.#concurrency(() => this.#deliver(name, group)))
  }

  async #deliver(name: string, group: Group<Item>): Promise<void> {
    const batch = group.waiting.splice(0, this.#options.size)
    if (batch.length === 0) return
    batch.sort((one, other) => this.#options.compare(one.item, other.item))
    try {
      await this.#options.deliver(batch.map(({ item }) => item))
      for (const { settle } of batch) settle.resolve()
    } catch (error) {
      for (const { settle } of batch) settle.reject(error)
    }
    if (group.waiting.length === 0 && group.inTurn.pendingCount === 0) this.#groups.delete(name)
  }
}
