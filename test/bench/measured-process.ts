import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process has used from its start on: user and system CPU in seconds, and its highest resident memory. */
export interface Usage {
  cpu: number
  peakMb: number
}

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

  /** Source: proc(5); a tick is a hundredth of a second. */
  async usage(): Promise<Usage> {
    const { pid } = this.#leashed
    const child = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')[0]
    const fields = (await readFile(`/proc/${child}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${child}/status`, 'utf8')) ?? []
    return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, peakMb: Number(peak) / 1024 }
  }

  async stop(): Promise<void> {
    this.#leashed.stdin?.end()
    await this.#exited
  }
}
