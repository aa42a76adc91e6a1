import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { bind } from './bound-process.ts'
import type { Victim } from './system.ts'

export interface CommandOptions {
  /** A script, and its arguments. */
  arguments: string[]
  /** Asked at each start, as a person gives new keys when the old ones are refused. */
  environment(): Record<string, string>
  /** From the end of a run to the next one, in milliseconds. */
  pauseMs: number
  /** How long a person waits for a run that is frozen, in milliseconds. Absent: {@link PATIENCE_MS}. */
  patienceMs?: number
  say(line: string): void
}

/** How a run has ended. */
export interface CommandRun {
  /** Its exit code; null when it was killed, or left behind. */
  code: number | null
  output: string
}

/** A process that has not ended. */
interface Running {
  child: ChildProcess
  ended: Promise<number | null>
  /** Has nobody wait for it any more. */
  leave(): void
}

const QUIET = '--disable-warning=TimeoutNegativeWarning'

/** Longer than any run needs that is not frozen, in milliseconds: a person gives up then, and starts it again. */
const LIMIT_MS = 120_000
/** Much shorter than commands are frozen, so that the next one is at work when the frozen one continues. */
const PATIENCE_MS = 5_000

/** A command that a person starts again and again, however it has ended, until {@link last}. One that is frozen is left behind. */
export class Command implements Victim {
  readonly kind = 'command'
  hits = 0
  readonly #options: CommandOptions
  readonly #stopping = new AbortController()
  readonly #running = new Set<Running>()
  readonly #repeating: Promise<void>

  constructor(options: CommandOptions) {
    this.#options = options
    this.#repeating = this.#repeat()
  }

  async kill(): Promise<void> {
    this.hits += this.#running.size
    for (const { child } of this.#running) child.kill('SIGKILL')
    await this.#allEnded()
  }

  freeze(): void {
    const { patienceMs = PATIENCE_MS } = this.#options
    this.hits += this.#running.size
    for (const { child, leave } of this.#running) {
      child.kill('SIGSTOP')
      setTimeout(leave, patienceMs).unref()
    }
  }

  thaw(): void {
    for (const { child } of this.#running) child.kill('SIGCONT')
  }

  /**
   * Ends the repetition after the run that is under way, and runs the command once more. Then nothing of it is left that could still
   * do something: what was left behind has ended, too.
   */
  async last(): Promise<CommandRun> {
    this.#stopping.abort()
    await this.#repeating
    const run = await this.#run()
    if (!(await within(LIMIT_MS, this.#allEnded()))) await this.kill()
    return run
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
      this.#options.say(code === null ? 'the command was killed or left behind' : `the command ended with ${code}`)
    }
  }

  async #run(): Promise<CommandRun> {
    const { child, ended, left } = this.#spawn()
    const printed = Promise.all([text(child.stdout), text(child.stderr)])
    await within(LIMIT_MS, Promise.race([ended, left]))
    if (child.exitCode === null) return { code: null, output: '' }
    const [output, errors] = await printed
    if (child.exitCode !== 0) this.#options.say(`${errors}${output}`.trim().slice(0, 500))
    return { code: child.exitCode, output }
  }

  #spawn() {
    const { PATH } = process.env
    const child = spawn(process.execPath, [QUIET, ...this.#options.arguments], {
      env: { PATH, AWS_REGION: 'us-east-1', ...this.#options.environment() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { promise: left, resolve: leave } = Promise.withResolvers<void>()
    const running: Running = { child, leave, ended: bind(child).finally(() => this.#running.delete(running)) }
    this.#running.add(running)
    return { child, ended: running.ended, left }
  }

  async #allEnded(): Promise<void> {
    await Promise.all(Array.from(this.#running, ({ ended }) => ended))
  }
}

/** Waits for something, at most so many milliseconds. @returns whether it came in time */
async function within(limitMs: number, awaited: Promise<unknown>): Promise<boolean> {
  const done = new AbortController()
  const limit = sleep(limitMs, false, done).catch(() => false)
  try {
    return await Promise.race([awaited.then(() => true), limit])
  } finally {
    done.abort()
  }
}
