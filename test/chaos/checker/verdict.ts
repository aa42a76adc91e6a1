import type { RecordHeader } from '../../../lib/record.ts'
import { numberOf } from '../load/numbered-record.ts'
import type { TrueRecord } from '../load/truth.ts'
import type { FoundRecord, PutAside } from './found.ts'
import type { Sightings } from './moments.ts'

/** What the records that are left behind say of a system. */
export interface Findings {
  /** Records that are committed on the source. */
  produced: number
  /** Different ones of them that are in the sink. */
  found: number
  /** Neither in the sink nor put aside. */
  lost: number
  /** Records that are in the sink more often than once. */
  duplicated: number
  /** Records that are, at their first appearance, behind a later one of their partition in the same object or partition of the target. */
  outOfOrder: number
  /** Records whose key, value, headers, timestamp or offset differs from the source’s. */
  wrongBytes: number
  /** Records that are not on the source: aborted ones, above all. */
  invented: number
  putAside: { count: number; reasons: Record<string, number> }
  /** A few places for each kind of finding, for people. */
  examples: string[]
}

/** What a checker says of one system in one schedule. */
export interface Verdict extends Findings {
  /** The longest time without any progress while records waited, in milliseconds. */
  longestPauseMs: number
  /** From the end of the load and of the last fault until all records had arrived, in milliseconds; undefined: they never did. */
  caughtUpMs: number | undefined
  /** What a reader saw who looked again and again; undefined where none did. */
  sightings: Sightings | undefined
  /** Further promises that are broken, as sentences. */
  broken: string[]
}

const EXAMPLES = 5

/**
 * Compares what a reader finds with what is committed on the source.
 *
 * @param truth by numbers
 * @param found in the order in which a reader gets the records of each object, or of each partition of a target
 */
export async function findingsOf(
  truth: ReadonlyMap<string, TrueRecord>,
  found: AsyncIterable<FoundRecord>,
  putAside: readonly PutAside[],
): Promise<Findings> {
  const comparison = new Comparison(truth)
  for await (const record of found) comparison.add(record)
  return comparison.findings(putAside)
}

class Comparison {
  readonly #truth: ReadonlyMap<string, TrueRecord>
  readonly #times = new Map<string, number>()
  /** The last record of a source partition in each object or target partition. */
  readonly #last = new Map<string, number>()
  readonly #examples = new Map<string, string[]>()
  #outOfOrder = 0
  #wrongBytes = 0
  #invented = 0

  constructor(truth: ReadonlyMap<string, TrueRecord>) {
    this.#truth = truth
  }

  add(record: FoundRecord): void {
    const number = numberOf(record.headers)
    const expected = number === undefined ? undefined : this.#truth.get(number)
    if (number === undefined || !expected) {
      this.#invented += 1
      this.#show('invented', record.place, number)
      return
    }
    const times = (this.#times.get(number) ?? 0) + 1
    this.#times.set(number, times)
    if (times > 1) this.#show('again', record.place, number)
    else this.#order(record, expected, number)
    if (isSame(record, expected)) return
    this.#wrongBytes += 1
    this.#show('different', record.place, number)
  }

  findings(putAside: readonly PutAside[]): Findings {
    const aside = this.#aside(putAside)
    let lost = 0
    for (const [number, record] of this.#truth) {
      if (this.#times.has(number) || aside.has(number)) continue
      lost += 1
      this.#show('lost', placeOf(record), number)
    }
    return {
      produced: this.#truth.size,
      found: this.#times.size,
      lost,
      duplicated: Array.from(this.#times.values()).filter(times => times > 1).length,
      outOfOrder: this.#outOfOrder,
      wrongBytes: this.#wrongBytes,
      invented: this.#invented,
      putAside: { count: aside.size, reasons: countsOf(Array.from(aside.values())) },
      examples: Array.from(this.#examples.values()).flat(),
    }
  }

  /** The reasons of records that were put aside, by their numbers. Those with their bytes are compared as all others are. */
  #aside(putAside: readonly PutAside[]): Map<string, string> {
    const aside = new Map<string, string>()
    const named = Map.groupBy(this.#truth, ([, record]) => placeOf(record))
    const numberAt = ({ at = Number.POSITIVE_INFINITY, ...place }: PutAside) =>
      named.get(placeOf(place))?.findLast(([, { timestamp }]) => timestamp <= at)?.[0]
    for (const each of putAside) {
      const number = each.record ? numberOf(each.record.headers) : numberAt(each)
      const expected = number === undefined ? undefined : this.#truth.get(number)
      if (number === undefined || !expected) {
        this.#invented += 1
        this.#show('invented', each.place, number ?? placeOf(each))
        continue
      }
      aside.set(number, each.reason)
      if (!each.record || isSame(each.record, expected)) continue
      this.#wrongBytes += 1
      this.#show('different', each.place, number)
    }
    return aside
  }

  #order({ place }: FoundRecord, { topic, partition, offset }: TrueRecord, number: string) {
    const container = place.slice(0, place.lastIndexOf(' '))
    const lane = `${container} ${topic} ${partition}`
    const sequence = Number(number.slice(number.lastIndexOf('/') + 1))
    const last = this.#last.get(lane) ?? -1
    this.#last.set(lane, Math.max(last, sequence))
    if (sequence > last) return
    this.#outOfOrder += 1
    this.#show('out of order', `${place} (offset ${offset} of the source)`, number)
  }

  #show(kind: string, place: string, number: string | undefined): void {
    const examples = this.#examples.get(kind) ?? []
    if (examples.length < EXAMPLES) this.#examples.set(kind, [...examples, `${kind}: ${number} at ${place}`])
  }
}

const placeOf = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }) =>
  `${topic}-${partition} ${offset}`

function isSame(found: FoundRecord, expected: TrueRecord): boolean {
  return (
    (found.offset === undefined || found.offset === expected.offset) &&
    (found.timestamp === undefined || found.timestamp === expected.timestamp) &&
    found.topic === expected.topic &&
    found.partition === expected.partition &&
    areSame(found.key, expected.key) &&
    areSame(found.value, expected.value) &&
    areSameHeaders(found.headers, expected.headers)
  )
}

function areSameHeaders(one: readonly RecordHeader[], other: readonly RecordHeader[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ key, value }, at) => key === other[at]?.key && areSame(value, other[at]?.value ?? null))
  )
}

function areSame(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other)
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
