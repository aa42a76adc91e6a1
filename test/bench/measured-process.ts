import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { leashedUsage, type Usage } from './process-usage.ts'

const leash = join(import.meta.dirname, '../../local/leash.ts')

/** A process that can't outlive us, and what it uses as the kernel counts it (Linux). */
export class MeasuredProcess {
  readonly #leashed
  readonly #exited
  readonly #start = performance.now()

  constructor(command: string[], environment: Record<string, string>) {
    this.#leashed = spawn(process.execPath, [leash, ...command], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
      env: { ...process.env, ...environment },
    })
    this.#exited = once(this.#leashed, 'exit')
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (performance.now() - this.#start) / 1000
  }

  get hasEnded(): boolean {
    return this.#leashed.exitCode !== null
  }

  usage(): Promise<Usage> {
    return leashedUsage(this.#leashed.pid as number)
  }

  async stop(): Promise<void> {
    this.#leashed.stdin?.end()
    await this.#exited
  }
}
