import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { pythonTools } from '../../support/python-tools.ts'
import type { FoundRecord } from './found.ts'
import { type Row, recordOf } from './row.ts'

/**
 * Reads dumped objects with other people's libraries, in a process of Python: an error that our writers and our readers have in
 * common would show nothing. The extension of an object's key says its format, as docs/formats.md describes it.
 */
export class ObjectReader {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>
  readonly #lines: Interface

  static async start(): Promise<ObjectReader> {
    return new ObjectReader(join(await pythonTools('test/python/requirements.txt'), 'python'))
  }

  private constructor(python: string) {
    const program = join(import.meta.dirname, 'read_objects.py')
    this.#process = spawn(python, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
    // What it can't be told any more shows as a missing answer.
    this.#process.stdin.on('error', () => {})
    this.#lines = createInterface(this.#process.stdout)
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /**
   * The records of one object, in their order. One call at a time.
   *
   * @throws when the object can't be read: it is cut off, or not what its key says
   */
  async read(key: string, body: Buffer): Promise<FoundRecord[]> {
    this.#process.stdin.write(`${JSON.stringify({ key, size: body.length })}\n`)
    this.#process.stdin.write(body)
    const { done, value: line } = await this.#answers.next()
    if (done) throw new Error(`The reader ended at ${key}.`)
    const answer = JSON.parse(line) as Row[] | { error: string }
    if (!Array.isArray(answer)) throw new Error(`The object ${key} can't be read: ${answer.error}`)
    return answer.map((row, index) => recordOf(row, `${key} ${index}`))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined
    this.#process.stdin.end()
    await exited
    this.#lines.close()
  }
}
