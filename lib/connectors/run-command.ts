import { parseDuration } from '../point-in-time.ts'
import { CommandError, type StreamingContext } from './commands/command.ts'
import type { CommandName } from './commands/definition.ts'
import type { Deployment } from './commands/deployment.ts'
import { errorDocumentOf, errorText } from './commands/error-document.ts'
import { type ExitCode, exitCodes } from './commands/exit-codes.ts'
import { Interruption } from './commands/interruption.ts'
import type { Output } from './commands/output.ts'
import { DEFAULT_INTERVAL_MS, watch } from './commands/watch.ts'
import { commands } from './commands.ts'

/** Options that commands have in common. */
export interface CommonOptions {
  json?: boolean
  watch?: boolean
  /** Such as `2s`. */
  interval?: string
}

export interface CommandRun {
  options: CommonOptions
  /** Results go here, and nothing else. */
  output: Output
  /** Errors, and what is told while a command works. */
  errors: Output
  /** Reads the connectors, and finds out how the service is reached. */
  open(): Promise<Pick<StreamingContext, 'connectors' | 'deployment' | 'packaged'>>
}

/**
 * Runs a command from its options to its exit code: it prints what the command answers, once or again and again, for people or as
 * JSON, and what went wrong. It never throws.
 */
export async function runCommand(name: CommandName, run: CommandRun): Promise<ExitCode> {
  using interruption = new Interruption()
  let deployment: Deployment | undefined
  try {
    const opened = await run.open()
    deployment = opened.deployment
    const context = contextOf(opened, run, interruption)
    const code = run.options.watch
      ? await repeat(name, context, run.options)
      : await perform(name, context, run.options)
    // What was written without waiting for it may have failed.
    await run.output.write('')
    return interruption.isInterrupted ? exitCodes.interrupted.code : code
  } catch (error) {
    if (interruption.isInterrupted) return await endInterrupted(error, run)
    return await fail(error, run, deployment)
  }
}

type Opened = Awaited<ReturnType<CommandRun['open']>>

function contextOf(opened: Opened, { options, output, errors }: CommandRun, interruption: Interruption) {
  return {
    ...opened,
    output,
    json: options.json ?? false,
    write: options.json ? () => {} : print(output),
    tell: print(errors),
    interruption: () => interruption.signal(),
  } satisfies StreamingContext
}

/** The stream keeps the order and the error, so nobody has to wait. */
function print(output: Output) {
  return (text: string) => void output.write(`${text}\n`).catch(() => {})
}

/**
 * Runs a command once, and prints what it answers.
 *
 * @throws CommandError for an answer that is a failure, and everything that the command throws
 */
export async function perform(name: CommandName, context: StreamingContext, options: object): Promise<ExitCode> {
  const answer = await commands[name](context, options as never)
  if (!answer) return exitCodes.done.code
  const text = context.json ? JSON.stringify(answer.document, undefined, 2) : answer.text()
  if (text !== '') await context.output.write(`${text}\n`)
  if (answer.failure !== undefined) throw new CommandError(answer.failure)
  return answer.pending ? exitCodes.pending.code : exitCodes.done.code
}

/** An error of the first round ends the command; a later one is told, and the next round may be better. */
async function repeat(name: CommandName, context: StreamingContext, options: CommonOptions): Promise<ExitCode> {
  const { output, json } = context
  const everyMs = intervalOf(options)
  const ask = () => commands[name](context, options as never)
  let first = await ask()
  const round = async () => {
    try {
      const answer = first || (await ask())
      first = undefined
      if (!answer) return undefined
      return json ? JSON.stringify(answer.document) : answer.text()
    } catch (error) {
      const document = errorDocumentOf(error, context.deployment.config)
      return json ? JSON.stringify(document) : errorText(document)
    }
  }
  await watch({ output, everyMs, json, round })
  return exitCodes.done.code
}

function intervalOf({ interval }: CommonOptions): number {
  if (interval === undefined) return DEFAULT_INTERVAL_MS
  const everyMs = parseDuration(interval)
  if (everyMs === undefined || everyMs === 0)
    throw new CommandError(`--interval: expected a time such as 2s or 1m, got ${interval}`)
  return everyMs
}

async function fail(error: unknown, { options, errors }: CommandRun, deployment?: Deployment): Promise<ExitCode> {
  const document = errorDocumentOf(error, deployment?.config)
  const text = options.json ? JSON.stringify(document) : errorText(document)
  await errors.write(`${text}\n`).catch(() => {})
  return exitCodes.failed.code
}

/** Ctrl-C is no fault: only what the command itself says about it is told. */
async function endInterrupted(error: unknown, { errors }: CommandRun): Promise<ExitCode> {
  if (error instanceof CommandError) await errors.write(`${error.message}\n`).catch(() => {})
  return exitCodes.interrupted.code
}
