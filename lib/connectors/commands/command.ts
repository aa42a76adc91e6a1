import { FunctionError, isMissing } from '../../lambda/functions.ts'
import { whichInstead } from '../../which-instead.ts'
import type { Connector } from '../declaration/connector.ts'
import type { Deployment } from './deployment.ts'
import type { Output } from './output.ts'
import type { PackagedService } from './packaged-service.ts'

/** What every command receives. */
export interface CommandContext {
  connectors: Connector[]
  deployment: Deployment
  /** Prints a line for people; nothing with `--json`. */
  write(text: string): void
  /** Tells people something while the command works, on standard error. */
  tell(text: string): void
}

/** What commands receive that work on much data. */
export interface StreamingContext extends CommandContext {
  /** Standard output, for results that are much: documents in lines, records. */
  output: Pick<Output, 'write' | 'columns' | 'rows'>
  /** Whether documents are printed, and nothing else. */
  json: boolean
  /** From now on, Ctrl-C aborts the signal in place of ending the process; a second one ends it. */
  interruption(): AbortSignal
  /** Is told how far long work is, in place of a line on the terminal. */
  advance?(progress: Advance): void
  /** The service as the framework has just packaged it. Only `plan` has it. */
  packaged?: PackagedService
}

/** How far long work is. */
export interface Advance {
  done: number
  /** Absent: it is not known. */
  total?: number
  /** Of what, such as `records`. */
  unit: string
  /** The same in words, with what else is known, such as the time that is left. */
  text?: string
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
