import { JsonNumber } from './json-number.ts'
import { PatternError } from './pattern-error.ts'
import type { Leaf, Test } from './test.ts'

type Comparison = (value: number, bound: number) => boolean

const lower: Record<string, Comparison> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}
const upper: Record<string, Comparison> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
}
const equal: Record<string, Comparison> = { '=': (value, bound) => value === bound }

const EXPECTED = 'expected numeric: ["=", 5], a lower bound such as [">", 0], an upper one such as ["<=", 5], or both'

/**
 * `numeric`: compares numbers by their values, whatever way they are written.
 *
 * @param terms an operator and its number, or those of a lower bound and then of an upper one
 */
export function numeric(terms: unknown, path: readonly string[]): Test {
  if (!Array.isArray(terms) || ![2, 4].includes(terms.length)) throw new PatternError(path, EXPECTED)
  const single = terms.length === 2
  const first = bound(terms[0], terms[1], single ? { ...equal, ...lower, ...upper } : lower)
  const second = single ? undefined : bound(terms[2], terms[3], upper)
  if (!first || (!single && !second)) throw new PatternError(path, EXPECTED)
  if (second && first.limit >= second.limit) {
    throw new PatternError(path, 'expected a lower bound below the upper one in numeric')
  }
  return (leaf: Leaf) =>
    leaf instanceof JsonNumber && first.holds(leaf.value) && (second === undefined || second.holds(leaf.value))
}

function bound(operator: unknown, number: unknown, allowed: Record<string, Comparison>) {
  const compare = typeof operator === 'string' && Object.hasOwn(allowed, operator) ? allowed[operator] : undefined
  if (!compare || !(number instanceof JsonNumber)) return undefined
  return { limit: number.value, holds: (value: number) => compare(value, number.value) }
}
