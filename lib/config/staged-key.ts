import { longestStagedKey, MAX_STAGED_KEY } from '../staging/name.ts'
import type { VariableFault } from './fault.ts'
import { limitVariables, rotationSection } from './rotation.ts'
import type { Environment } from './section.ts'

/** Whether a limit of rotation is set. */
export function rotates(environment: Environment): boolean {
  return limitVariables.some(name => (environment[rotationSection.prefix + name] || '-1') !== '-1')
}

/** The keys of staged objects are longer than those of others. */
export function keyFaults(environment: Environment): VariableFault[] {
  const prefix = environment.OBJECT_PREFIX ?? ''
  const length = longestStagedKey(prefix)
  if (!rotates(environment) || length <= MAX_STAGED_KEY) return []
  const expected = `a shorter folder, as the keys of staged objects would have ${length} bytes; at most ${MAX_STAGED_KEY} leave room for those that are put aside`
  return [{ variable: 'OBJECT_PREFIX', expected }]
}
