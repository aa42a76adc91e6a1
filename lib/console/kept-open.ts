import { setTimeout as sleep } from 'node:timers/promises'

/** Something that has connections. */
export interface Closable {
  close(): Promise<void>
}

interface Opened {
  opening: Promise<Closable>
  users: number
  idle?: NodeJS.Timeout
}

/**
 * How long something stays open that nobody uses: longer than the time between two answers of any question, also of a deployed
 * service, which is asked less often.
 */
const IDLE_MS = 10 * 60_000

/** How long the end waits for connections to be closed: a broker that hangs must not hold it. */
const CLOSING_MS = 2_000

/** Clients that questions share, so that a watched question doesn't open a new connection for each answer. */
export class KeptOpen {
  readonly #opened = new Map<string, Opened>()

  /**
   * Uses what is open under a name, and opens it first if it isn't. What fails to open is opened again the next time.
   *
   * @param name unique for what is opened, such as `records/orders`
   */
  async use<T extends Closable, R>(name: string, open: () => Promise<T>, use: (opened: T) => Promise<R>): Promise<R> {
    const opened = this.#opened.get(name) ?? this.#begin(name, open)
    clearTimeout(opened.idle)
    opened.users++
    try {
      return await use((await opened.opening) as T)
    } finally {
      opened.users--
      if (opened.users === 0) this.#closeLater(name, opened)
    }
  }

  #begin(name: string, open: () => Promise<Closable>): Opened {
    const opened: Opened = { opening: open(), users: 0 }
    this.#opened.set(name, opened)
    opened.opening.catch(() => {
      if (this.#opened.get(name) === opened) this.#opened.delete(name)
    })
    return opened
  }

  #closeLater(name: string, opened: Opened): void {
    if (this.#opened.get(name) !== opened) return
    opened.idle = setTimeout(() => {
      this.#opened.delete(name)
      end(opened)
    }, IDLE_MS)
    opened.idle.unref()
  }

  async close(): Promise<void> {
    const all = [...this.#opened.values()]
    this.#opened.clear()
    for (const { idle } of all) clearTimeout(idle)
    await Promise.race([Promise.all(all.map(end)), sleep(CLOSING_MS, undefined, { ref: false })])
  }
}

/** What could not be opened has nothing to close, and nobody waits for what fails to close. */
async function end({ opening }: Opened): Promise<void> {
  await opening.then(opened => opened.close()).catch(() => {})
}
