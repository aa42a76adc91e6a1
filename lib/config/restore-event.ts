import type { RestoreRequest } from '../restore/request.ts'
import { ConfigError, type VariableFault } from './fault.ts'
import { readRestoreRequest } from './restore.ts'
import { renamed } from './restore-options.ts'
import { requestSection } from './restore-request.ts'
import type { Environment } from './section.ts'
import { descriptionOf, type VariableDescription } from './variable.ts'

/** What an event can't say: where the dump is, which the function's role decides. */
const FROM = 'FROM'

/** The fields of an event by name, each with its variable: `dryRun` for `RESTORE_DRY_RUN`. */
const fields = new Map(
  Object.entries(requestSection.variables)
    .filter(([name]) => name !== FROM)
    .map(([name, schema]) => [
      name.toLowerCase().replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase()),
      { variable: requestSection.prefix + name, description: descriptionOf(schema) },
    ]),
)

/**
 * What the event of a restore asks for. Its fields are named as the variables are, in camel case and without prefix; a field that
 * is absent has what the environment says.
 *
 * @throws CodedError `CONFIG_INVALID` that names each wrong field, and what was expected
 */
export function parseRestoreEvent(event: unknown, environment: Environment): RestoreRequest {
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event)
  const given = Object.entries(isObject ? event : {})
  const faults = given.flatMap(([name, value]) => faultsOf(name, value))
  if (faults.length > 0) throw new ConfigError(faults)
  try {
    return readRestoreRequest({
      ...environment,
      ...Object.fromEntries(given.map(([name, value]) => textOf(name, value))),
    })
  } catch (error) {
    throw renamed(error, new Map(Array.from(fields, ([name, { variable }]) => [variable, name])))
  }
}

function faultsOf(name: string, value: unknown): VariableFault[] {
  const field = fields.get(name)
  if (!field) return [{ variable: name, expected: `nothing: an event has ${[...fields.keys()].join(', ')}` }]
  const parts = Array.isArray(value) ? value : [value]
  const isText = parts.every(
    part => ['string', 'number', 'boolean', 'undefined'].includes(typeof part) || part === null,
  )
  // An empty one would count as not given, and restore everything.
  const isGiven = parts.length > 0 && !parts.includes('')
  return isText && isGiven
    ? []
    : [{ variable: name, expected: field.description.expected, got: JSON.stringify(value).slice(0, 100) }]
}

function textOf(name: string, value: unknown): [string, string | undefined] {
  const { variable, description } = fields.get(name) as { variable: string; description: VariableDescription }
  const { joined = (parts: string[]) => parts.join(',') } = description
  if (value === undefined || value === null) return [variable, undefined]
  return [variable, Array.isArray(value) ? joined(value.map(String)) : String(value)]
}
