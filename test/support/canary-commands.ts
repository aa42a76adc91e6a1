import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { CommandName } from '../../lib/connectors/commands/definition.ts'
import type { Environment } from './canary-faults.ts'

/** A command `serverless connectors …` about one of the declared connectors. */
export interface CommandRequest {
  command: CommandName
  connector: string
  declared: Record<string, unknown>
  /** The variables of the connector's functions: `check`, `restore`, and of the one that its mappings call without a name. */
  environments: Record<string, Environment>
  /** Those of the process: how AWS is reached, and by whom. */
  variables: Environment
  options: Record<string, unknown>
}

/** Runs commands in a process of their own. @returns all that it has printed */
export function printedByCommands(requests: readonly CommandRequest[], folder: string): Promise<string> {
  const script = join(import.meta.dirname, 'commands-process.ts')
  return printedBy([script], { COMMANDS: JSON.stringify(requests) }, folder)
}

/** Runs a program of this project with nothing but these variables. @returns all that it has printed */
export async function printedBy(args: string[], variables: Environment, folder: string): Promise<string> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const child = spawn(process.execPath, args, {
    env: { PATH, NODE_COMPILE_CACHE, HOME: folder, ...variables },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return (await Promise.all([text(child.stdout), text(child.stderr)])).join('')
}
