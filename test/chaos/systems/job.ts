import { setTimeout as sleep } from 'node:timers/promises'
import { bundleOf } from './code.ts'
import { loggingVariables } from './environment.ts'
import { FunctionUnderTest } from './function.ts'
import { LogReader } from './log-reader.ts'

export interface JobOptions {
  /** The function's file in `functions/`. */
  code: string
  environment: Record<string, string>
  /** From the end of a run to the next one, in milliseconds. */
  pauseMs: number
  say(line: string): void
}

/** Long enough for all that waits, and short enough that a job that was frozen is followed by another one. */
const LIMIT_MS = 15_000

/** A function that a schedule calls again and again. */
export class Job {
  readonly function: FunctionUnderTest
  readonly #options: JobOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  static async start(options: JobOptions): Promise<Job> {
    return new Job(options, await bundleOf(options.code))
  }

  private constructor(options: JobOptions, file: string) {
    this.#options = options
    const { environment, say } = options
    const log = new LogReader(say)
    this.function = new FunctionUnderTest({
      ...{ kind: 'job', file, limitMs: LIMIT_MS, onLine: line => log.read(line) },
      environment: { ...loggingVariables, ...environment },
    })
    this.#running = this.#repeat()
  }

  /** A run besides those of the schedule. @throws what the function throws */
  async run(): Promise<unknown> {
    return await this.function.invoke(Buffer.from('{}'))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.function.stop()
    await this.#running
  }

  async #repeat(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.run().catch(({ message }) => signal.aborted || this.#options.say(`the job failed: ${message}`))
      await sleep(this.#options.pauseMs, undefined, { signal }).catch(() => {})
    }
  }
}
