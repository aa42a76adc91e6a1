import type { Statistics } from 'hyparquet'

/** A bound as the file has it; text as its bytes. */
type Bound = Buffer | bigint | number | boolean

/**
 * The statistics of two parts of a column together; undefined where one has none. A part without bounds has nulls only, so the
 * other's bounds hold for both.
 */
export function mergeStatistics(one: Statistics | undefined, other: Statistics | undefined): Statistics | undefined {
  if (!one || !other) return undefined
  const least = pick(one, other, ({ min_value }) => min_value as Bound | undefined, -1)
  const greatest = pick(one, other, ({ max_value }) => max_value as Bound | undefined, 1)
  return {
    null_count: (one.null_count ?? 0n) + (other.null_count ?? 0n),
    min_value: least.min_value,
    is_min_value_exact: least.is_min_value_exact,
    max_value: greatest.max_value,
    is_max_value_exact: greatest.is_max_value_exact,
  }
}

/** The one whose bound lies further in a direction: -1 is down, 1 is up. */
function pick(one: Statistics, other: Statistics, boundOf: (part: Statistics) => Bound | undefined, direction: -1 | 1) {
  const [a, b] = [boundOf(one), boundOf(other)]
  if (b === undefined) return one
  if (a === undefined) return other
  return compare(a, b) * direction >= 0 ? one : other
}

function compare(a: Bound, b: Bound): number {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b)
  return a === b ? 0 : a < b ? -1 : 1
}
