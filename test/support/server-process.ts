import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const source = join(import.meta.dirname, '../../functions/server.ts')

/** Root starts a process as any user; others need a namespace in which they have that number (Linux). */
function commandAs(uid?: number): string[] {
  return uid === undefined || process.getuid?.() === 0 ? [] : ['unshare', '--user', `--map-user=${uid}`]
}

/** The container's server as a process of its own, on a free port. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly url: string
  /** Everything that it has printed so far. */
  readonly lines: string[]

  private constructor(child: ChildProcess, port: number, lines: string[]) {
    this.#child = child
    this.url = `http://127.0.0.1:${port}`
    this.lines = lines
  }

  /**
   * @param uid a user that need not exist
   * @throws when it ends before it listens, with what it printed
   */
  static async start(environment: Record<string, string>, file = source, uid?: number): Promise<ServerProcess> {
    const env = { PATH: process.env.PATH, PORT: '0', AWS_REGION: 'us-east-1', ...environment }
    const [command = '', ...args] = [...commandAs(uid), process.execPath, file]
    const isRoot = process.getuid?.() === 0
    const child = spawn(command, args, { env, uid: isRoot ? uid : undefined, stdio: ['ignore', 'pipe', 'pipe'] })
    const lines: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', line => {
        lines.push(line)
        if (line.includes('"Listening"')) resolve(JSON.parse(line).port)
      })
    }
    child.once('close', code => reject(new Error(`The server ended with ${code}: ${lines.join('\n')}`)))
    return new ServerProcess(child, await promise, lines)
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** Asks it to stop, as Kubernetes does, and waits for its end. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const ended = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    return (await ended)[0]
  }
}
