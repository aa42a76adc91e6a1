import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { commandLine } from './command-line.ts'
import { isAlive, type Lock, takeLock } from './lock.ts'

/** In a service's folder, what belongs to this machine only. Git ignores it, by a file of its own. */
const LOCAL_FOLDER = '.kafka-functions'

/** The stack that runs for a service, as the other commands find it. */
export interface RunningStack {
  /** The process that runs it. */
  pid: number
  /** `host:port` of the cluster, and of the second one if there is one; several separated by commas. */
  brokers: string
  target?: string
  topics: string[]
  targetTopics: string[]
}

/** The folder of a service's stack: what is kept between two starts, and what runs now. */
export class StateFolder {
  /** Kafka's data and the store's objects, kept by `start --keep`. */
  readonly kept: string
  readonly #running: string
  readonly #lock: string

  /** @param service the service's folder */
  constructor(service: string) {
    const folder = join(service, LOCAL_FOLDER, 'stack')
    this.kept = join(folder, 'kept')
    this.#running = join(folder, 'running.json')
    this.#lock = join(folder, 'lock')
  }

  get hasKept(): boolean {
    return existsSync(this.kept)
  }

  /** Removes what is kept. */
  async clean(): Promise<void> {
    await rm(this.kept, { recursive: true, force: true })
  }

  /**
   * Keeps others from using what is kept until this is released. A lock of a process that is gone doesn't count.
   *
   * @throws an error that names the process that has it
   */
  async lock(): Promise<Lock> {
    await this.#create()
    const lock = await takeLock(this.#lock)
    if ('holder' in lock)
      throw new Error(
        `What is kept in ${this.kept} is in use by the process ${lock.holder}. Stop that one first, or start without --keep.`,
      )
    return lock
  }

  /** Tells the other commands what runs now. */
  async tell(stack: Omit<RunningStack, 'pid'>): Promise<void> {
    await this.#create()
    // In one step, so that a reader never sees half of it.
    const written = `${this.#running}.${process.pid}`
    await writeFile(written, JSON.stringify({ pid: process.pid, ...stack }, null, 2))
    await rename(written, this.#running)
  }

  /** Tells that nothing runs, unless another process has started its own since. */
  async untell(): Promise<void> {
    const stack = await this.running()
    if (stack?.pid === process.pid) await rm(this.#running, { force: true })
  }

  /** The stack that runs for this service; undefined if none does. */
  async running(): Promise<RunningStack | undefined> {
    const text = await readFile(this.#running, 'utf8').catch(() => undefined)
    const stack = text === undefined ? undefined : (JSON.parse(text) as RunningStack)
    return stack && isAlive(stack.pid) ? stack : undefined
  }

  async #create(): Promise<void> {
    await mkdir(dirname(this.#running), { recursive: true })
    await writeFile(join(dirname(this.#running), '.gitignore'), '*\n')
  }
}

/**
 * The stack that runs for the service of a folder, or of one above it.
 *
 * @throws an error that says how to start one
 */
export async function runningStack(folder = process.cwd()): Promise<RunningStack> {
  for (let place = folder; ; place = dirname(place)) {
    const stack = await new StateFolder(place).running()
    if (stack) return stack
    if (place === dirname(place))
      throw new Error(
        `No local Kafka runs for ${folder}. Start one with \`${commandLine('start')}\`, or set KAFKA_BROKERS to host:port.`,
      )
  }
}
