import { isObject, parseWithNumbers } from './json-number.ts'
import { PatternError } from './pattern-error.ts'
import { compileRule, type Rule } from './rule.ts'

/** What a pattern asks of one field: at least one rule has to hold. */
export interface FieldCondition {
  path: readonly string[]
  rules: Rule[]
}

/** One way to match a pattern: all of its conditions have to hold. A pattern without `$or` has one way. */
export type Alternative = readonly FieldCondition[]

const OR = '$or'

/**
 * Names that make a list under `$or` an ordinary field instead. Source: README of Event Ruler, "The "$or" Primitive", and its
 * `Constants`, `RESERVED_FIELD_NAMES_IN_OR_RELATIONSHIP`.
 */
const reserved = new Set([
  ...['exactly', 'equals-ignore-case', 'prefix', 'suffix', 'anything-but', 'exists', 'wildcard', 'numeric', 'cidr'],
  ...['=', '<', '<=', '>', '>=', 'regex', 'not-wildcard', 'not-equals-ignore-case'],
  ...['date-after', 'date-on-or-after', 'date-before', 'date-on-or-before', 'in-date-range'],
  ...['ip-address-in-range', 'ip-address-not-in-range'],
])

/**
 * How many ways the lists under `$or` may make together. Source: Amazon EventBridge User Guide, "Comparison operators for use in event
 * patterns", about `$or`.
 */
const MOST_ALTERNATIVES = 1_000

/**
 * Compiles an event pattern.
 *
 * Source: Amazon EventBridge User Guide, "Creating Amazon EventBridge event patterns".
 *
 * @param text JSON: an object with the names of the fields, and for each field a list, or an object with its own fields
 * @throws PatternError for a pattern that AWS refuses
 */
export function compilePattern(text: string): Alternative[] {
  const pattern = parseWithNumbers(text)
  if (!isObject(pattern)) throw new PatternError([], 'expected a JSON object')
  return compileObject(pattern, [])
}

function compileObject(pattern: Record<string, unknown>, path: readonly string[]): Alternative[] {
  const fields = Object.entries(pattern)
  if (fields.length === 0) throw new PatternError(path, 'expected at least one field, got {}')
  let alternatives: Alternative[] = [[]]
  for (const [name, content] of fields) {
    const ways = isAlternatives(name, content)
      ? content.flatMap(way => compileObject(way, path))
      : compileField(content, [...path, name])
    if (alternatives.length * ways.length > MOST_ALTERNATIVES) {
      throw new PatternError(path, `expected at most ${MOST_ALTERNATIVES} combinations of what is under ${OR}`)
    }
    alternatives = alternatives.flatMap(before => ways.map(way => [...before, ...way]))
  }
  return alternatives
}

/** Whether a field is no field but a list of alternatives. */
function isAlternatives(name: string, content: unknown): content is Record<string, unknown>[] {
  return (
    name === OR &&
    Array.isArray(content) &&
    content.length >= 2 &&
    content.every(way => isObject(way) && !Object.keys(way).some(field => reserved.has(field)))
  )
}

function compileField(content: unknown, path: readonly string[]): Alternative[] {
  if (isObject(content)) return compileObject(content, path)
  if (!Array.isArray(content) || content.length === 0) {
    throw new PatternError(path, 'expected an object or a list with at least one element')
  }
  return [[{ path, rules: content.map(element => compileRule(element, path)) }]]
}
