import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Runtime } from './function-runner.ts'

/** The result of an invocation: a response, or an error as the platform would show it. */
export type Outcome = { response?: unknown; error?: { name: string; message: string } }

/** The source of a function by its name. */
export const functionFile = (name: string) => new URL(`../../functions/${name}.ts`, import.meta.url).pathname

/** A failed test has not stopped its processes, and a process that is left keeps Jest from ending. */
const running = new Set<FunctionProcess>()
afterAll(() => Promise.all(Array.from(running, function_ => function_.kill())))

/**
 * A function as a platform runs it: a separate process with only the given environment, started cold, then invoked one event
 * at a time.
 */
export class FunctionProcess {
  readonly #child: ChildProcess
  readonly #output: Promise<string>
  readonly #runtime: Runtime

  /** @param runtime the platform whose arguments the handler gets */
  constructor(file: string, environment: Record<string, string>, runtime: Runtime = 'aws') {
    this.#runtime = runtime
    const script = join(import.meta.dirname, 'function-runner.ts')
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const inherited = { PATH, NODE_COMPILE_CACHE, AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'dump' }
    const env = { ...inherited, ...environment }
    this.#child = fork(script, [file], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
    const streams = [this.#child.stdout, this.#child.stderr].map(stream => (stream ? text(stream) : ''))
    running.add(this)
    this.#output = Promise.all(streams).then(parts => {
      running.delete(this)
      return parts.join('')
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /**
   * @param timeoutMs what the context says is left of the invocation's time
   * @param variables environment variables that the runtime sets for each invocation
   */
  async invoke(event: unknown, timeoutMs = 20_000, variables: Record<string, string> = {}): Promise<Outcome> {
    const answered = new AbortController()
    const outcome = once(this.#child, 'message', answered)
    const exit = once(this.#child, 'exit', answered)
    this.#child.send({ event, timeoutMs, variables, runtime: this.#runtime })
    const [message] = await Promise.race([outcome, exit])
    // Removes the listener that was not needed; nobody handles its rejection.
    for (const waiting of [outcome, exit]) waiting.catch(() => {})
    answered.abort()
    return typeof message === 'object' && message !== null
      ? (message as Outcome)
      : { error: { name: 'Exit', message: await this.#output } }
  }

  /**
   * Invokes the function as a trigger does: the response, or a failure.
   *
   * @throws what the function has thrown
   */
  async respond(event: unknown, timeoutMs?: number): Promise<unknown> {
    const { error, response } = await this.invoke(event, timeoutMs)
    if (error) throw new Error(`${error.name}: ${error.message}`)
    return response
  }

  /** Kills the process in the middle of its work. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#output
  }

  /** Ends the process and returns everything that it printed. */
  async stop(): Promise<string> {
    if (this.#child.connected) this.#child.disconnect()
    return this.#output
  }
}
