import type { EventFields, Places } from './event-fields.ts'
import type { Alternative, FieldCondition } from './pattern.ts'

/**
 * Whether an event matches one alternative of a pattern: for each field a leaf is as wanted, and no two of these leaves are in
 * different elements of the same array.
 *
 * Source: README of Event Ruler, "JSON Array Matching".
 */
export function matches(alternative: Alternative, event: EventFields): boolean {
  return matchesFrom(alternative, 0, event, new Map())
}

function matchesFrom(alternative: Alternative, index: number, event: EventFields, places: Places): boolean {
  const condition = alternative[index]
  if (!condition) return true
  return placesOf(condition, event).some(
    found => isConsistent(found, places) && matchesFrom(alternative, index + 1, event, new Map([...places, ...found])),
  )
}

/** Where the leaves are that fulfil a condition. */
function placesOf({ path, rules }: FieldCondition, event: EventFields): Places[] {
  const leaves = event.at(path)
  if (leaves.length === 0) return rules.includes('absent') ? [new Map()] : []
  const tests = rules.filter(rule => rule !== 'absent')
  return leaves.filter(({ leaf }) => tests.some(test => test(leaf))).map(({ places }) => places)
}

function isConsistent(found: Places, places: Places): boolean {
  for (const [array, index] of found) {
    const other = places.get(array)
    if (other !== undefined && other !== index) return false
  }
  return true
}
