import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { bind } from './bound-process.ts'
import type { Victim } from './system.ts'

export interface ServerOptions {
  /** Its bundle. */
  file: string
  port: number
  environment: Record<string, string>
  onLine(line: string): void
}

/** From its end to its next start, in milliseconds, as the platform that runs the container restarts it. */
const RESTART_MS = 200

/** The container's server, which is started again whenever it ends. */
export class ServerUnderTest implements Victim {
  readonly kind = 'server'
  hits = 0
  readonly #options: ServerOptions
  #environment: Record<string, string>
  #child: ChildProcess | undefined
  #isStopped = false
  readonly #running: Promise<void>

  constructor(options: ServerOptions) {
    this.#options = options
    this.#environment = options.environment
    this.#running = this.#run()
  }

  /** It is at work from its start on: the platform sends it a request for each record. */
  async kill(): Promise<void> {
    if (this.#child?.kill('SIGKILL')) this.hits += 1
  }

  freeze(): void {
    if (this.#child?.kill('SIGSTOP')) this.hits += 1
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Has it end as Kubernetes does, and starts it with other variables. */
  deploy(changes: Record<string, string>): void {
    this.#environment = { ...this.#environment, ...changes }
    this.#child?.kill('SIGTERM')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.kill()
    await this.#running
  }

  async #run(): Promise<void> {
    const { file, port, onLine } = this.#options
    while (!this.#isStopped) {
      const child = spawn(process.execPath, [file], {
        env: { PATH: process.env.PATH, PORT: String(port), AWS_REGION: 'us-east-1', ...this.#environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      this.#child = child
      const ended = bind(child)
      for (const input of [child.stdout, child.stderr]) createInterface({ input }).on('line', onLine)
      await ended
      await sleep(RESTART_MS)
    }
  }
}
