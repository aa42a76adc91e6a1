import { closest, distance } from 'fastest-levenshtein'

/** The most edits, and at most half of the letters, that make a name a typo of another. */
const MAX_TYPO = 3

/** What to write instead of an unknown name: the nearest known one if it is close, otherwise all of them. */
export function whichInstead(name: string, known: string[]): string {
  const closestLower = closest(lower(name), known.map(lower))
  const nearest = known.find(other => lower(other) === closestLower) ?? ''
  const isTypo = distance(lower(name), lower(nearest)) <= Math.min(MAX_TYPO, nearest.length / 2)
  if (isTypo) return `did you mean ${nearest}?`
  return known.length === 1 ? `there is ${nearest}` : `there are ${known.join(', ')}`
}

const lower = (name: string) => name.toLowerCase()
