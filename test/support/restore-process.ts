import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { RestoreReport } from '../../lib/restore/report.ts'

const program = join(import.meta.dirname, '../../cli/kafka-functions.ts')

const endWhileWriting = join(import.meta.dirname, 'end-while-writing.ts')

/** A failed test has not stopped its processes, and a process that is left keeps Jest from ending. */
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** `npm run restore` as a process of its own. */
export interface RestoreProcess {
  /**
   * The report, when the process has ended.
   *
   * @throws an error with what it has printed when it ended with another code than 0
   */
  report(): Promise<RestoreReport>
  /** Waits until the process has ended. @returns whether it was killed at its work */
  killed(): Promise<boolean>
}

/** @param endAt where it is killed: see `end-while-writing.ts` */
export function startRestore(
  environment: Record<string, string>,
  options: string[],
  endAt?: { transactions: number; requests: number },
): RestoreProcess {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const inherited = { PATH, NODE_COMPILE_CACHE, AWS_REGION: 'us-east-1' }
  const arguments_ = [
    '--disable-warning=TimeoutNegativeWarning',
    ...(endAt ? ['--import', endWhileWriting] : []),
    program,
    'restore',
    ...options,
    '--json',
  ]
  const child = spawn(process.execPath, arguments_, {
    env: { ...inherited, ...environment, ...(endAt && { END_AT: `${endAt.transactions}:${endAt.requests}` }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const exited = once(child, 'exit').finally(() => running.delete(child))
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  return {
    async report() {
      const [code] = await exited
      const [output, errors] = await printed
      if (code !== 0) throw new Error(`the restore ended with ${code}: ${errors}${output.slice(0, 5_000)}`)
      return JSON.parse(output)
    },
    async killed() {
      const [, signal] = await exited
      return signal === 'SIGKILL'
    },
  }
}
