import type { WaitingRecord } from './waiting-record.ts'

/**
 * Where two sequences continue with the same record: the place with the fewest records before it. Undefined when no record of
 * the one is in the other.
 */
export function alignmentOf(
  first: readonly WaitingRecord[],
  second: readonly WaitingRecord[],
): { first: number; second: number } | undefined {
  const places = new Map<string, number>()
  for (const [place, { id }] of second.entries()) if (!places.has(id)) places.set(id, place)
  let best: { first: number; second: number } | undefined
  for (const [place, { id }] of first.entries()) {
    if (best && place >= best.first + best.second) break
    const other = places.get(id)
    if (other !== undefined && (!best || place + other < best.first + best.second))
      best = { first: place, second: other }
  }
  return best
}
