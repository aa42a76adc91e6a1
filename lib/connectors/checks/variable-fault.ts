import { ConfigError, describeFault, type VariableFault } from '../../config/fault.ts'
import type { Connector } from '../declaration/connector.ts'
import type { FunctionEnvironment } from '../declaration/variable-key.ts'
import type { DeployedFunction } from '../resources/deployed-function.ts'
import { deployedFunctions } from '../resources/deployed-functions.ts'
import type { ConnectorFunction } from '../resources/function.ts'
import type { Fault } from './fault.ts'

/** The most bytes that all variables of a function may have together. Source: AWS Lambda quotas. */
const MAX_BYTES = 4096

/**
 * What a connector's functions would refuse about their environments when they start, told at the keys that become these
 * variables. So a rule across variables is written once, in `lib/config`.
 */
export function environmentFaults(connector: Connector, functions: ConnectorFunction[]): Fault[] {
  return functions.flatMap(({ file, definition: { name, environment } }) => {
    const deployed: DeployedFunction = deployedFunctions[file]
    const paths = variablePaths(connector, deployed)
    const bytes = Buffer.byteLength(JSON.stringify(environment))
    const tooLarge = `its function ${name} would have variables of ${bytes} bytes; AWS allows ${MAX_BYTES}`
    const wrong = variableFaults(deployed, environment).flatMap(fault => {
      const path = paths.get(fault.variable)
      return path ? [{ path, message: messageOf(fault, paths) }] : []
    })
    return bytes > MAX_BYTES ? [...wrong, { path: [], message: tooLarge }] : wrong
  })
}

/** Values that only CloudFormation knows count as right. */
function variableFaults({ readSettings }: DeployedFunction, environment: FunctionEnvironment): VariableFault[] {
  const known = Object.entries(environment).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  try {
    readSettings(Object.fromEntries(known))
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.filter(({ variable }) => typeof (environment[variable] ?? '') === 'string')
  }
}

/** Where each variable is declared. The plugin itself sets those that are not here. */
function variablePaths(connector: Connector, { declared }: DeployedFunction): Map<string, string[]> {
  return new Map(
    declared(connector).flatMap(({ path, keys }) =>
      Object.entries(keys).map(([name, { variable }]) => [variable, [...path, name]] as const),
    ),
  )
}

/** The fault with each variable named by the key that becomes it. */
function messageOf(fault: VariableFault, paths: Map<string, string[]>): string {
  return describeFault(fault).replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, name => paths.get(name)?.join('.') ?? name)
}
