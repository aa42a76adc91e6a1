import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bind, isRunning } from './bound-process.ts'

/** What an instance gets: an invocation, or by how much its clock is wrong from now on. */
export type InstanceMessage =
  | {
      payload: Uint8Array
      /** When the invocation's time is over, in milliseconds since the epoch. */
      deadline: number
    }
  | { skewMs: number }

type Outcome = { response: unknown } | { error: string }

/** What an instance sends once, when its function is loaded. */
export const READY = 'ready'

export interface InstanceOptions {
  /** A module that exports `handler`. */
  file: string
  environment: Record<string, string>
  /** By how much its clock is wrong when it starts, in milliseconds. */
  skewMs: number
  /** Takes each line that it prints. */
  onLine(line: string): void
}

/** V8 takes the size of the young generation from the memory that it sees: this is what a function of 1,024 MB gets. */
const HEAP_OF_A_FUNCTION = '--max-semi-space-size=16'
/** kafkajs makes Node.js 24 say it once. */
const QUIET = '--disable-warning=TimeoutNegativeWarning'

/** One process of a function, which handles one invocation at a time. */
export class Instance {
  /** Whether an invocation has neither an answer nor ended with the process. It is started for one. */
  isBusy = true
  isFrozen = false
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #ready: Promise<unknown>

  constructor({ file, environment, skewMs, onLine }: InstanceOptions) {
    const { PATH } = process.env
    this.#child = fork(join(import.meta.dirname, 'instance-runner.ts'), [file, String(skewMs)], {
      env: { PATH, AWS_REGION: 'us-east-1', ...environment },
      execArgv: [HEAP_OF_A_FUNCTION, QUIET],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#exited = bind(this.#child)
    this.#ready = once(this.#child, 'message')
    // A process that was killed no longer takes what is sent to it. Its invocation fails by its exit.
    this.#child.on('error', () => {})
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      if (input) createInterface({ input }).on('line', onLine)
    }
  }

  get isAlive(): boolean {
    return isRunning(this.#child)
  }

  /** Resolves when its function is loaded, or when it has ended. */
  async initialized(): Promise<void> {
    await Promise.race([this.#ready, this.#exited])
  }

  /** @throws what the function has thrown, or that its process has ended */
  async invoke(payload: Uint8Array, deadline: number): Promise<unknown> {
    this.isBusy = true
    const answered = new AbortController()
    const answer = once(this.#child, 'message', answered).then(([message]) => message as Outcome)
    answer.catch(() => {})
    try {
      this.#send({ payload, deadline })
      const outcome = await Promise.race([answer, this.#exited.then(() => ({ error: 'the process has ended' }))])
      if ('error' in outcome) throw new Error(outcome.error)
      return outcome.response
    } finally {
      answered.abort()
      this.isBusy = false
    }
  }

  skewClock(skewMs: number): void {
    this.#send({ skewMs })
  }

  freeze(): void {
    this.isFrozen = true
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.isFrozen = false
    this.#child.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  #send(message: InstanceMessage) {
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}
