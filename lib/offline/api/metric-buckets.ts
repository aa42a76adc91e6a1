/**
 * How many values lie in each bucket. Buckets grow with their values, so that any percentile is right to a hundredth, and few
 * buckets hold all values of a minute. CloudWatch's percentiles are approximations of the same kind.
 */
export type Buckets = Map<number, number>

/** How much larger the values of a bucket may be than those of the one before. */
const GROWTH = Math.log(1.02)

/** The bucket of all values that are not above zero: no metric of a function has negative ones. */
const ZERO = Number.NEGATIVE_INFINITY

/** @returns the same buckets */
export function addTo(buckets: Buckets, value: number): Buckets {
  const bucket = value > 0 ? Math.ceil(Math.log(value) / GROWTH) : ZERO
  return buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
}

/** The buckets of several minutes together. */
export function joinedBuckets(all: Buckets[]): Buckets {
  const joined: Buckets = new Map()
  for (const buckets of all)
    for (const [bucket, count] of buckets) joined.set(bucket, (joined.get(bucket) ?? 0) + count)
  return joined
}

/**
 * The least value that at least so many of a hundred values are not above.
 *
 * @param percent from 0 to 100
 */
export function percentileOf(
  { buckets, count, least, most }: { buckets: Buckets; count: number; least: number; most: number },
  percent: number,
): number {
  const rank = Math.max(Math.ceil((count * percent) / 100), 1)
  let seen = 0
  for (const [bucket, number] of [...buckets].toSorted(([one], [other]) => one - other)) {
    seen += number
    // The middle of the bucket.
    if (seen >= rank) return Math.min(Math.max(Math.exp((bucket - 0.5) * GROWTH), least), most)
  }
  return most
}
