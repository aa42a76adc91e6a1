import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { styleText } from 'node:util'
import { Command, CommanderError } from 'commander'
import { commandLine } from '../local/command-line.ts'
import { type CommandName, commandNames, commands } from './commands.ts'
import { exitCodes } from './exit-codes.ts'

/** Runs the command that the words name, and sets the exit code. An error is one message without a stack trace. */
export async function main(words: string[]): Promise<void> {
  showWarnings()
  process.stdout.on('error', endQuietly)
  try {
    const program = await createProgram(commandNames.filter(name => words.includes(name)))
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    // At once: servers that are just starting end with this process.
    process.exit(codeOf(error as Error))
  }
}

/**
 * The program, which lists all commands.
 *
 * @param loaded the commands whose arguments and options are known; all if not given
 */
export async function createProgram(loaded: CommandName[] = commandNames): Promise<Command> {
  const program = new Command('kafka-functions')
    .description('Kafka topics to object storage or to another cluster: from a laptop to a deployed service.')
    .version(version(), '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show what a command does, with examples')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(red(`✗ ${text.trim().replace(/^error: /, '')}\n`)) })
  for (const name of commandNames) {
    const command = program.command(name).description(commands[name].summary).allowExcessArguments(false)
    if (loaded.includes(name)) await define(command)
  }
  return program
}

async function define(command: Command): Promise<void> {
  const name = command.name() as CommandName
  const { define, examples } = (await commands[name].load()).command
  define(command)
  const lines = examples.flatMap(([args, does]) => [`  ${commandLine(name, args)}`, `      ${does}`])
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
  command.showHelpAfterError(`All options: ${commandLine(name, '--help')}`)
}

function version(): string {
  const file = findPackageJSON('..', import.meta.url)
  return file === undefined ? 'unknown' : JSON.parse(readFileSync(file, 'utf8')).version
}

function codeOf(error: Error): number {
  // Commander has printed its message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.refused
  process.stderr.write(red(`✗ ${error.message}\n`))
  return exitCodes.failed
}

function red(text: string): string {
  return styleText('red', text, { stream: process.stderr })
}

/** A reader such as `head` that has seen enough closes the pipe. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

/** Prints warnings of Node.js as it does, except one: kafkajs sets timers in the past, and Node.js 24 warns about each of them. */
function showWarnings(): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    if (name !== 'TimeoutNegativeWarning') process.stderr.write(`${name}: ${message}\n`)
  })
}
