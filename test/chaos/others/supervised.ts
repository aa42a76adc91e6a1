import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startLeashed } from '../../../local/leashed-process.ts'
import { javaCommand } from '../../../local/prerequisites.ts'
import type { Victim } from '../systems/system.ts'

/** As long as a supervisor waits before it starts a server that has ended: systemd's RestartSec in most services. */
const RESTART_MS = 1_000

/** Options of Java where several servers share a small machine. */
const SMALL = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m']

export interface SupervisedOptions {
  /** For people. */
  name: string
  /** The value of CLASSPATH. */
  classpath: string
  /** Default: those of a small machine. */
  javaOptions?: readonly string[]
  /** What follows Java's own options: the main class and its arguments. Asked at each start, so it may have changed. */
  command(folder: string): Promise<string[]>
  say(line: string): void
}

/** A server in Java that is started again whenever it ends, as systemd or Kubernetes do it. */
export class Supervised {
  readonly victim: Victim
  /** For the settings and the log of the server. */
  readonly folder: string
  /** The process that leads the first server's group, once it is started; the server is its only child. */
  readonly leader: Promise<number>
  readonly #options: SupervisedOptions
  /** The process group of the server that runs. */
  #group: number | undefined
  readonly #started = Promise.withResolvers<number>()
  #ended = false
  #hits = 0
  #supervising: Promise<void>

  static async start(options: SupervisedOptions): Promise<Supervised> {
    return new Supervised(options, await mkdtemp(join(tmpdir(), `${options.name}-`)))
  }

  private constructor(options: SupervisedOptions, folder: string) {
    this.folder = folder
    this.#options = options
    this.leader = this.#started.promise
    const hit = (signal: NodeJS.Signals) => {
      if (this.#signal(signal)) this.#hits += 1
    }
    const hits = () => this.#hits
    this.victim = {
      kind: 'server',
      // It reads topics all the time.
      get hits() {
        return hits()
      },
      kill: async () => hit('SIGKILL'),
      freeze: () => hit('SIGSTOP'),
      thaw: () => void this.#signal('SIGCONT'),
    }
    this.#supervising = this.#supervise()
  }

  /** Ends the server in order; another one is started, with the command that is right by then. */
  restart(): void {
    this.#signal('SIGTERM')
  }

  /** From now on the server isn't started again when it ends. Resolves when it has. */
  async untilEnded(): Promise<void> {
    this.#ended = true
    await this.#supervising
  }

  async stop(): Promise<void> {
    this.#ended = true
    this.#signal('SIGKILL')
    await this.#supervising
    await rm(this.folder, { recursive: true, force: true })
  }

  async #supervise(): Promise<void> {
    const { name, say } = this.#options
    while (!this.#ended) {
      const [code, signal] = await this.#run()
      if (this.#ended) return
      say(`${name} has ended (${signal ?? code}) and is started again`)
      await sleep(RESTART_MS)
    }
  }

  async #run(): Promise<unknown[]> {
    const { classpath, javaOptions = SMALL, command } = this.#options
    const arguments_ = await command(this.folder)
    const log = await open(join(this.folder, 'server.log'), 'a')
    const env = { CLASSPATH: classpath, LC_ALL: 'C.UTF-8' }
    const leashed = startLeashed({ command: [javaCommand(), ...javaOptions, ...arguments_], env }, log.fd)
    await log.close()
    const exited = once(leashed, 'exit')
    this.#group = leashed.pid
    this.#started.resolve(leashed.pid as number)
    if (this.#ended) this.#signal('SIGKILL')
    const result = await exited
    this.#group = undefined
    return result
  }

  /** The leash leads a process group that contains only itself and the server. @returns whether there is one */
  #signal(signal: NodeJS.Signals): boolean {
    return this.#group !== undefined && process.kill(-this.#group, signal)
  }
}
