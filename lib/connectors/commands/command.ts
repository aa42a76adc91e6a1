import { FunctionError, isMissing } from '../../lambda/functions.ts'
import { whichInstead } from '../../which-instead.ts'
import type { Connector } from '../declaration/connector.ts'
import type { Deployment } from './deployment.ts'
import type { Output } from './output.ts'

/** What every command receives. */
export interface CommandContext {
  connectors: Connector[]
  deployment: Deployment
  /** Prints a result. */
  write(text: string): void
}

/** What commands receive that work on much data. */
export interface StreamingContext extends CommandContext {
  output: Output
  /** From now on, Ctrl-C aborts the signal in place of ending the process; a second one ends it. */
  interruption(): AbortSignal
}

/** A command failed. The message says everything the user needs, so no stack trace is shown. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/** Why a function of the service did not answer, with its error code if it has one. */
export function reasonOf(error: unknown): string {
  if (isMissing(error)) return 'it is not deployed'
  const { message } = error as Error
  // Only Lambda reports the error's code; the local stack calls each one `Error`.
  return error instanceof FunctionError && error.type !== 'Error' ? `${message} (${error.type})` : message
}

/**
 * Finds a connector by its name.
 *
 * @throws CommandError that suggests the nearest name, or lists all
 */
export function connectorNamed(name: string, connectors: Connector[]): Connector {
  const found = connectors.find(connector => connector.name === name)
  if (found) return found
  const known = connectors.map(connector => connector.name)
  throw new CommandError(`There is no connector ${name}; ${whichInstead(name, known)}`)
}
