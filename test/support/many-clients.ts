import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/**
 * What many clients do at the same time: `open` a connection each, `send` a record of a KafkaSource and wait for the answer, `begin`
 * to send one, wait `untilClosed` by the server, `close`.
 */
export type ManyAct = 'open' | 'send' | 'begin' | 'untilClosed' | 'close'

/** How many clients have got each status; `none` so far, or `closed` without an answer. */
export type ManyAnswers = Record<string, number>

/** Many connections to a server, of a process of their own, because each takes a file descriptor on both sides. */
export class ManyClients {
  readonly #child: ChildProcess

  constructor(port: string, count: number) {
    this.#child = fork(join(import.meta.dirname, 'many-clients-process.ts'), [port, String(count)], { execArgv: [] })
  }

  /** Resolves when all clients have done it. */
  async all(act: ManyAct): Promise<ManyAnswers> {
    const done = once(this.#child, 'message')
    this.#child.send(act)
    const [answers] = await done
    return answers
  }

  async end(): Promise<void> {
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }
}
