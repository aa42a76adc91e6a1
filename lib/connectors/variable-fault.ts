import { dumpSections } from '../config/dump.ts'
import { replicateSections } from '../config/replicate.ts'
import { type AnySection, sectionFaults } from '../config/section.ts'
import type { Connector } from './connector.ts'
import { aliasKeys, dumpTargetKeys, failureKeys, replicateTargetKeys } from './declaration.ts'
import { connectorEnvironment } from './environment.ts'
import type { Fault } from './fault.ts'
import type { VariableKeys } from './variable-key.ts'

/**
 * What the function would find wrong with its environment when it starts, said of the keys that make it. So that a rule
 * across variables is written once, in `lib/config`.
 */
export function environmentFaults(connector: Connector, service: string): Fault[] {
  const sections: Record<string, AnySection> = connector.kind === 'dump' ? dumpSections : replicateSections
  const environment = connectorEnvironment(connector, service)
  // What only CloudFormation knows counts as right.
  const known = Object.entries(environment).filter(([, value]) => typeof value === 'string')
  const faults = sectionFaults(Object.values(sections), Object.fromEntries(known) as Record<string, string>)
  const paths = variablePaths(connector)
  return faults.flatMap(fault => {
    const [variable = '', message = ''] = fault.split(/: (.*)/s)
    const path = paths.get(variable)
    return path && !(variable in environment && typeof environment[variable] !== 'string')
      ? [{ path, message: withKeys(message, paths) }]
      : []
  })
}

/** Where each variable is declared. One that is not here has no key: the plugin itself sets it. */
function variablePaths(connector: Connector): Map<string, string[]> {
  const under = (prefix: string[], keys: VariableKeys) =>
    Object.entries(keys).map(([name, { variable }]): [string, string[]] => [variable, [...prefix, name]])
  if (connector.kind === 'dump') return new Map([...under([], failureKeys), ...under(['to'], dumpTargetKeys)])
  const [source, to] = connector.reversed ? ['to', 'source'] : ['source', 'to']
  return new Map([
    ...under([], failureKeys),
    ...under(['to'], replicateTargetKeys),
    ...under([source], aliasKeys),
    ['TARGET_ALIAS', [to, 'alias']],
  ])
}

/** Speaks of variables by the keys that stand for them. */
function withKeys(message: string, paths: Map<string, string[]>): string {
  return message.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, name => paths.get(name)?.join('.') ?? name)
}
