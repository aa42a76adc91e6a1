import { FunctionError, isMissing } from '../../lambda/functions.ts'
import { whichInstead } from '../checks/fault.ts'
import type { Connector } from '../declaration/connector.ts'
import type { Deployment } from './deployment.ts'

/** What every command is given. */
export interface CommandContext {
  connectors: Connector[]
  deployment: Deployment
  /** Prints a result. */
  write(text: string): void
}

/** A command that could not do what it was asked for. Its message is all that people need. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Why a function of the service could not answer, in words and, where it has one, with its error code. */
export function reasonOf(error: unknown): string {
  if (isMissing(error)) return 'it is not deployed'
  const { message } = error as Error
  // Locally each error is just that; Lambda tells its code.
  return error instanceof FunctionError && error.type !== 'Error' ? `${message} (${error.type})` : message
}

/**
 * The connector of a name.
 *
 * @throws CommandError that names the nearest, or those that there are
 */
export function connectorNamed(name: string, connectors: Connector[]): Connector {
  const found = connectors.find(connector => connector.name === name)
  if (found) return found
  const known = connectors.map(connector => connector.name)
  throw new CommandError(`There is no connector ${name}; ${whichInstead(name, known)}`)
}
