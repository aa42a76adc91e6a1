import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a store has taken. */
export interface Taken {
  requests: number
  objects: number
  /** By the objects' names. */
  records: number
  bytes: number
}

/** A store over HTTP in a process of its own, so that its processor time is nobody else's. It ends with its parent. */
export class StoreProcess {
  readonly #child: ChildProcess
  readonly #port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  static async start(): Promise<StoreProcess> {
    const child = fork(join(import.meta.dirname, 'counting-store.ts'))
    const [port] = await once(child, 'message')
    return new StoreProcess(child, port)
  }

  /** The variables with which a function writes to it. */
  get environment(): Record<string, string> {
    return {
      ...{ S3_BUCKET: 'bench', S3_REGION: 'us-east-1', S3_ENDPOINT: `http://127.0.0.1:${this.#port}` },
      ...{ S3_FORCE_PATH_STYLE: 'true', S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' },
    }
  }

  /** What it has taken since it was asked before. */
  async taken(): Promise<Taken> {
    this.#child.send('taken')
    const [taken] = await once(this.#child, 'message')
    return taken
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill()
    await ended
  }
}
