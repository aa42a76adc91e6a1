import pLimit, { type LimitFunction } from 'p-limit'

export interface BatcherOptions<Item> {
  /** Items that have this in common go together; what they have not is independent. */
  groupOf(item: Item): string
  /** A whole number: the item's place in its group, in which batches have no gap and no place twice. */
  positionOf(item: Item): number
  /** Takes one batch of one group, in the order of places. The next one of that group comes when its promise is settled. */
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
  place: number
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
 * batch of the group is on its way makes the next one; or several, where places between are missing. So the first and the last
 * place of a batch say what is in it, and part of it that comes again can't be taken for the whole.
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
   * Settles when the item's batch is delivered.
   *
   * @throws what the delivery of its batch has thrown
   */
  add(item: Item): Promise<void> {
    const name = this.#options.groupOf(item)
    const group = this.#groups.get(name) ?? { waiting: [], inTurn: pLimit(1) }
    this.#groups.set(name, group)
    const settle = Promise.withResolvers<void>()
    group.waiting.push({ item, place: this.#options.positionOf(item), settle })
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
    for (const run of runsOf(batch)) await this.#deliverRun(run)
    if (group.waiting.length === 0 && group.inTurn.pendingCount === 0) this.#groups.delete(name)
  }

  async #deliverRun(run: Waiting<Item>[]): Promise<void> {
    const once = run.filter(({ place }, index) => place !== run[index - 1]?.place)
    try {
      await this.#options.deliver(once.map(({ item }) => item))
      for (const { settle } of run) settle.resolve()
    } catch (error) {
      for (const { settle } of run) settle.reject(error)
    }
  }
}

/** What has no gap between its places, in their order. An item that came twice is in it twice. */
function runsOf<Item>(batch: Waiting<Item>[]): Waiting<Item>[][] {
  const runs: Waiting<Item>[][] = []
  for (const waiting of batch.toSorted((one, other) => one.place - other.place)) {
    const last = runs.at(-1)?.at(-1)
    if (last && waiting.place <= last.place + 1) runs.at(-1)?.push(waiting)
    else runs.push([waiting])
  }
  return runs
}
