import type { InventoryLine, ObjectLine, OffsetsLine, StagedLine, UnitLine } from '../../compaction/inventory-line.ts'
import type { CoverageAnswer, StretchEntry } from '../api/index.ts'

/** A partition with everything that is in its strip. */
export interface Covered {
  topic: string
  partition: number | 'all'
  earlier?: number
  isUnderWay?: boolean
  /** In the order in which the inventory tells them. */
  entries: StretchEntry[]
}

/** What a dump has, in memory. */
export interface Inventory {
  /** By topic and partition. */
  partitions: Covered[]
  quarantined: CoverageAnswer['quarantined']
  total: CoverageAnswer['total']
  isCut: boolean
  read: number
}

/**
 * Lines of an inventory that are read at most: a hundred listings, and some 30 MB of memory. What is beyond is for the command
 * `objects`, which holds none of them.
 */
export const MOST_LINES = 100_000

/** @param most lines, at most this many */
export async function readInventory(lines: AsyncIterable<InventoryLine>, most = MOST_LINES): Promise<Inventory> {
  const read = new Reading()
  let count = 0
  for await (const line of lines) {
    if (++count > most) return read.inventory(true)
    read.take(line)
  }
  return read.inventory(false)
}

class Reading {
  readonly #partitions = new Map<string, Covered>()
  readonly #quarantined: CoverageAnswer['quarantined'] = []
  readonly #total: CoverageAnswer['total'] = { objects: 0, bytes: 0, staged: 0, stagedBytes: 0, quarantined: 0 }

  take(line: InventoryLine): void {
    if (line.type === 'quarantined') {
      const { key, bytes, quarantined } = line
      this.#quarantined.push({ key, bytes, quarantined })
    } else if (line.type === 'unit') this.#takeUnit(line)
    else if (line.type === 'total') {
      const { type: _, ...total } = line
      Object.assign(this.#total, total)
    } else if (line.type !== 'orphan') {
      if (line.type === 'object' && !line.expired) {
        // The line of sums comes last, and a reading that ends early has none.
        this.#total.objects++
        this.#total.bytes += line.bytes
      }
      this.#of(line.topic, line.partition).entries.push(entryOf(line))
    }
  }

  #takeUnit({ topic, partition, earlier, isUnderWay }: UnitLine): void {
    const covered = this.#of(topic, partition)
    if (isUnderWay) covered.isUnderWay = true
    for (const [of, offset] of Object.entries(earlier ?? {})) this.#of(topic, Number(of)).earlier = offset
  }

  #of(topic: string, partition: number | 'all'): Covered {
    const id = `${partition}/${topic}`
    const covered = this.#partitions.get(id) ?? { topic, partition, entries: [] }
    this.#partitions.set(id, covered)
    return covered
  }

  inventory(isCut: boolean): Inventory {
    const partitions = [...this.#partitions.values()].sort(
      (one, other) => byName(one.topic, other.topic) || numberOf(one) - numberOf(other),
    )
    const quarantined = this.#quarantined.sort((one, other) => other.quarantined - one.quarantined)
    return { partitions, quarantined, total: this.#total, isCut, read: Date.now() }
  }
}

const byName = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
const numberOf = ({ partition }: Covered) => (partition === 'all' ? -1 : partition)

function entryOf(line: ObjectLine | OffsetsLine | StagedLine): StretchEntry {
  const { type: kind, firstOffset, lastOffset } = line
  if (line.type === 'object') {
    const { key, bytes, records, written, reason, expired } = line
    return { kind, firstOffset, lastOffset, key, bytes, records, written, reason, expired }
  }
  if (line.type === 'staged') {
    const { key, bytes, records, staged } = line
    return { kind, firstOffset, lastOffset, key, bytes, records, written: staged }
  }
  return { kind, firstOffset, lastOffset, reason: line.reason }
}
