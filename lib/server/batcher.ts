import pLimit, { type LimitFunction } from 'p-limit'

export interface BatcherOptions<Item> {
  /** Items of the same group share batches; groups are independent of each other. */
  groupOf(item: Item): string
  /** The item's position in its group, a whole number. Positions of a batch have no gaps and don't repeat. */
  positionOf(item: Item): number
  /** Delivers one batch of one group, in the order of positions. The group's next batch follows once the promise settles. */
  deliver(items: Item[]): Promise<void>
  /** The maximum number of items of a batch. */
  size: number
  /** How long a batch waits for more items, in milliseconds. 0: only until the group's previous batch is delivered. */
  windowMs: number
  /** How many batches are delivered at the same time, of all groups. */
  concurrency: number
}

interface Waiting<Item> {
  item: Item
  position: number
  settle: PromiseWithResolvers<void>
}

/** The waiting items of one group. */
interface Group<Item> {
  waiting: Waiting<Item>[]
  /** Runs one batch at a time, so that the items of a group stay in order. */
  inTurn: LimitFunction
  window?: NodeJS.Timeout
}

/**
 * Collects items that arrive one by one into batches, and tells each item's sender how its batch ended. Items that arrive
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
   * Resolves when the item's batch is delivered.
   *
   * @throws the error of its batch's delivery
   */
  add(item: Item): Promise<void> {
    const name = this.#options.groupOf(item)
    const group = this.#groups.get(name) ?? { waiting: [], inTurn: pLimit(1) }
    this.#groups.set(name, group)
    const settle = Promise.withResolvers<void>()
    group.waiting.push({ item, position: this.#options.positionOf(item), settle })
    const { size, windowMs } = this.#options
    if (group.waiting.length >= size || windowMs === 0 || this.#closed) this.#flush(name, group)
    else group.window ??= setTimeout(() => this.#flush(name, group), windowMs)
    return settle.promise
  }

  /** The number of items whose delivery has not begun. */
  get waiting(): number {
    return [...this.#groups.values()].reduce((sum, { waiting }) => sum + waiting.length, 0)
  }

  /** Delivers the waiting items without waiting for more. */
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
    for (const run of runsOf(batch)) await this.#deliverRun(run)
    if (group.waiting.length === 0 && group.inTurn.pendingCount === 0) this.#groups.delete(name)
  }

  async #deliverRun(run: Waiting<Item>[]): Promise<void> {
    const once = run.filter(({ position }, index) => position !== run[index - 1]?.position)
    try {
      await this.#options.deliver(once.map(({ item }) => item))
      for (const { settle } of run) settle.resolve()
    } catch (error) {
      for (const { settle } of run) settle.reject(error)
    }
  }
}

/** Splits a batch where positions are missing, in the order of positions. Repeated items stay in it. */
function runsOf<Item>(batch: Waiting<Item>[]): Waiting<Item>[][] {
  const runs: Waiting<Item>[][] = []
  for (const waiting of batch.toSorted((one, other) => one.position - other.position)) {
    const last = runs.at(-1)?.at(-1)
    if (last && waiting.position <= last.position + 1) runs.at(-1)?.push(waiting)
    else runs.push([waiting])
  }
  return runs
}
