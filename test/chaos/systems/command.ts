import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { bind } from './bound-process.ts'
import type { Victim } from './system.ts'

export interface CommandOptions {
  /** A script, and its arguments. */
  arguments: string[]
  environment: Record<string, string>
  /** From the end of a run to the next one, in milliseconds. */
  pauseMs: number
  say(line: string): void
}

/** How a run has ended. */
export interface CommandRun {
  /** Its exit code; null when it was killed. */
  code: number | null
  output: string
}

const QUIET = '--disable-warning=TimeoutNegativeWarning'

/** Longer than any run needs that is not frozen, in milliseconds: a person gives up then, and starts it again. */
const LIMIT_MS = 60_000

/** A command that a person starts again and again, however it has ended, until {@link last}. One that is frozen is left behind. */
export class Command implements Victim {
  readonly kind = 'command'
  hits = 0
  readonly #options: CommandOptions
  readonly #stopping = new AbortController()
  readonly #children = new Set<ChildProcess>()
  readonly #repeating: Promise<void>

  constructor(options: CommandOptions) {
    this.#options = options
    this.#repeating = this.#repeat()
  }

  async kill(): Promise<void> {
    this.hits += this.#children.size
    for (const child of this.#children) child.kill('SIGKILL')
  }

  freeze(): void {
    this.hits += this.#children.size
    for (const child of this.#children) child.kill('SIGSTOP')
  }

  thaw(): void {
    for (const child of this.#children) child.kill('SIGCONT')
  }

  /** Ends the repetition after the run that is under way, and runs the command once more. */
  async last(): Promise<CommandRun> {
    this.#stopping.abort()
    await this.#repeating
    return await this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.kill()
    await this.#repeating
  }

  async #repeat(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await sleep(this.#options.pauseMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const { code } = await this.#run()
      this.#options.say(code === null ? 'the command was killed' : `the command ended with ${code}`)
    }
  }

  async #run(): Promise<CommandRun> {
    const { PATH } = process.env
    const { arguments: given, environment } = this.#options
    const child = spawn(process.execPath, [QUIET, ...given], {
      env: { PATH, AWS_REGION: 'us-east-1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#children.add(child)
    const ended = bind(child).finally(() => this.#children.delete(child))
    const printed = Promise.all([text(child.stdout), text(child.stderr)])
    const limit = new AbortController()
    const waited = sleep(LIMIT_MS, undefined, limit).catch(() => {})
    const code = await Promise.race([ended, waited.then(() => null)])
    limit.abort()
    if (code === null) return { code, output: '' }
    const [output, errors] = await printed
    if (code !== 0) this.#options.say(`${errors}${output}`.trim().slice(0, 500))
    return { code, output }
  }
}
