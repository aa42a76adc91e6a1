import { type Change, isSame } from './change.ts'

type Properties = Record<string, unknown>

/** What a changed property of a resource means for a connector. No line: another property, or resource, says it. */
export type PropertyRule = (before: unknown, after: unknown) => Change[]

/**
 * The lines for all properties that differ.
 *
 * @param rules by the property's name
 * @param otherwise for a property without a rule
 */
export function propertyChanges(
  before: Properties | undefined,
  after: Properties | undefined,
  rules: Record<string, PropertyRule>,
  otherwise: (name: string) => Change[],
): Change[] {
  return changedNames(before, after).flatMap(name => {
    const rule = rules[name]
    return rule ? rule(before?.[name], after?.[name]) : otherwise(name)
  })
}

/** The names of the properties that differ. */
export function changedNames(before: Properties = {}, after: Properties = {}): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    name => !isSame(before[name], after[name]),
  )
}
