import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { text } from 'node:stream/consumers'

/** This folder's program, as source or compiled. */
export const leash = join(import.meta.dirname, `leash${extname(import.meta.filename)}`)

export interface LeashedProcess {
  /** The program, then its arguments. */
  command: string[]
  /** A folder that is removed if this process dies before that process. */
  folder?: string
  env?: NodeJS.ProcessEnv
}

/**
 * Starts a process that can't outlive this one. Its output goes to a file, or to `stdout`.
 * It has its own process group, so that Ctrl-C in a terminal reaches only this process, which then ends it in order.
 */
export function startLeashed({ command, folder, env = {} }: LeashedProcess, output: number | 'pipe'): ChildProcess {
  return spawn(process.execPath, [leash, ...(folder === undefined ? [] : ['--remove', folder]), ...command], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['pipe', output, output],
  })
}

/** Runs such a process to its end. If it fails, rejects with its output. */
export async function runLeashed(leashed: LeashedProcess): Promise<void> {
  const running = startLeashed(leashed, 'pipe')
  const exited = once(running, 'exit')
  const printed = await Promise.all([running.stdout, running.stderr].map(stream => (stream ? text(stream) : '')))
  const [code] = await exited
  if (code !== 0) throw new Error(printed.join('').trim())
}
