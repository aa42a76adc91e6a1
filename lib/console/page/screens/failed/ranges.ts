import { countText } from '../../parts/number.ts'

/** Runs of offsets: the first one, and how many. */
export type Ranges = [first: number, count: number][]

/** As a person reads them: `3, 50-60`, and how many ranges follow. */
export function rangesText(ranges: Ranges, more = 0): string {
  const texts = ranges.map(([first, count]) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`))
  return [...texts, ...(more > 0 ? [`and ${countText(more, 'range')} more`] : [])].join(', ') || 'unknown'
}

/** How many offsets. */
export function countOffsets(ranges: Ranges): number {
  return ranges.reduce((sum, [, count]) => sum + count, 0)
}
