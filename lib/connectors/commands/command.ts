import type { Connector } from '../connector.ts'
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

/**
 * The connector of a name.
 *
 * @throws CommandError that names those that there are
 */
export function connectorNamed(name: string, connectors: Connector[]): Connector {
  const found = connectors.find(connector => connector.name === name)
  if (found) return found
  const names = connectors.map(connector => connector.name).join(', ')
  throw new CommandError(`There is no connector ${name}; there are ${names}.`)
}
