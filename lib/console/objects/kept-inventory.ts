import { setTimeout as sleep } from 'node:timers/promises'
import type { InventoryLine } from '../../compaction/inventory-line.ts'
import { type Covered, type Inventory, readInventory } from './inventory.ts'

/**
 * How long an inventory is taken for the present one, in milliseconds: a listing is paid for, and several questions of a page are
 * answered from one.
 */
const FRESH_MS = 10_000

/** How long one that isn't may be answered with while the next one is read, in milliseconds. */
const USABLE_MS = 120_000

/** How long is waited for the next one then, in milliseconds: that of a dump with few objects is there by then. */
const PATIENCE_MS = 1_000

interface Kept {
  newest?: Inventory
  reading?: Promise<Inventory>
  /** Whether the last attempt to read it failed. */
  hasFailed?: boolean
}

/** The newest inventory of a dump, read again when it is too old. */
export class KeptInventory {
  readonly #lines: (topic?: string) => AsyncIterable<InventoryLine>
  readonly #kept = new Map<string | undefined, Kept>()

  constructor(lines: (topic?: string) => AsyncIterable<InventoryLine>) {
    this.#lines = lines
  }

  /**
   * The inventory as of now, or if reading it takes long, one that is not older than two minutes. `read` tells when it was.
   *
   * @param topic only this one; undefined: all
   */
  async read(topic?: string): Promise<Inventory> {
    const kept = this.#of(topic)
    const { newest } = kept
    if (newest && !kept.hasFailed && ageOf(newest) <= FRESH_MS) return newest
    const reading = kept.reading ?? this.#begin(kept, topic)
    if (!newest || kept.hasFailed || ageOf(newest) > USABLE_MS) return await reading
    return await Promise.race([reading, sleep(PATIENCE_MS, newest, { ref: false })])
  }

  /** A partition; undefined when nothing of it is there. That of all topics has it as well, if it is complete. */
  async partition(topic: string, partition: number | 'all'): Promise<Covered | undefined> {
    const { newest } = this.#of(undefined)
    const has = newest && !newest.isCut && ageOf(newest) <= USABLE_MS
    const { partitions } = await this.read(has ? undefined : topic)
    return partitions.find(covered => covered.topic === topic && covered.partition === partition)
  }

  /** Inventories that nobody has asked for lately are forgotten, as each holds as much as there is. */
  #of(topic: string | undefined): Kept {
    for (const [of, { newest, reading }] of this.#kept)
      if (!reading && newest && ageOf(newest) > USABLE_MS) this.#kept.delete(of)
    const kept = this.#kept.get(topic) ?? {}
    this.#kept.set(topic, kept)
    return kept
  }

  #begin(kept: Kept, topic: string | undefined): Promise<Inventory> {
    const reading = readInventory(this.#lines(topic))
    kept.reading = reading
    reading.then(
      inventory => Object.assign(kept, { newest: inventory, reading: undefined, hasFailed: false }),
      () => Object.assign(kept, { reading: undefined, hasFailed: true }),
    )
    return reading
  }
}

const ageOf = ({ read }: Inventory) => Date.now() - read
