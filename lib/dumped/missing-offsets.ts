import { intersect, overlapping, subtract, unite } from '../commits/offset-runs.ts'
import type { StoredRecord } from '../formats/format.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import type { Bounds } from './dumped-object.ts'
import type { ReadingFindings } from './dumped-records.ts'

/** Runs of missing offsets that are kept: the rest is counted. Each topic with transactions has one for each of them. */
export const MOST_RUNS = 10_000

/** Which offsets may be missing. */
export interface ExpectedOffsets {
  /** Only these. Absent: all between the first and the last one. */
  ranges?: OffsetRuns
  /** The first one; absent: the first record's. */
  from?: number
  /** Offsets that weren't looked for, or whose records were replaced by newer ones, in any order. */
  passedOver: OffsetRuns
  /** Bounds of objects of which not everything could be read. It grows meanwhile. */
  damaged: readonly Bounds[]
}

/** Finds the offsets that no object has, while records come in the order of their offsets. */
export class MissingOffsets {
  readonly #expected: ExpectedOffsets
  readonly #passedOver: OffsetRuns
  readonly #findings: ReadingFindings
  /** The offset behind everything so far. */
  #next: number | undefined

  constructor(expected: ExpectedOffsets, findings: ReadingFindings) {
    this.#expected = expected
    this.#passedOver = unite(expected.passedOver)
    this.#findings = findings
    this.#next = expected.from ?? (expected.ranges ? 0 : undefined)
  }

  /** @param records in ascending order of their offsets, at least one */
  add(records: readonly StoredRecord[]): void {
    const first = (records[0] as StoredRecord).offset
    const last = (records.at(-1) as StoredRecord).offset
    let next = this.#next ?? this.#expected.damaged.reduce((least, bounds) => Math.min(least, bounds.first), first)
    if (first !== next || last - first !== records.length - 1) {
      for (const { offset } of records) {
        if (offset > next) this.#missing(next, offset)
        next = offset + 1
      }
    }
    this.#next = last + 1
  }

  /** One that an object has but that can't be given. */
  addLost(offset: number): void {
    this.#missing(offset, offset + 1)
  }

  end(): void {
    const { ranges, damaged } = this.#expected
    const last = damaged.reduce((most, bounds) => Math.max(most, bounds.last), -1)
    const end = ranges ? Number.MAX_SAFE_INTEGER : last + 1
    const next = this.#next ?? damaged.reduce((least, bounds) => Math.min(least, bounds.first), end)
    if (end > next) this.#missing(next, end)
  }

  #missing(first: number, end: number): void {
    const { ranges } = this.#expected
    const all: OffsetRuns = [[first, end - first]]
    const wanted = ranges ? intersect(all, overlapping(ranges, first, end - 1)) : all
    const passedOver = overlapping(this.#passedOver, first, end - 1)
    for (const [start, count] of passedOver.length > 0 ? subtract(wanted, passedOver) : wanted) {
      this.#findings.missingOffsets += count
      if (this.#findings.missing.length < MOST_RUNS) this.#findings.missing.push([start, count])
    }
  }
}
