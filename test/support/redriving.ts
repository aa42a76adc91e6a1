import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedriveOptions } from '../../lib/connectors/commands/redrive.ts'

/** What a process is asked to redrive. */
export interface RedrivingRequest {
  /** Of the connector `flow`. */
  declaration: object
  /** The variables of its function. */
  environment: Record<string, string>
  options: Omit<RedriveOptions, 'name'> & { json?: boolean }
}

/** What a redrive has printed, and the error that it ended with. */
export interface Redriven {
  text: string
  error?: string
}

const running = new Set<ChildProcess>()

/** Kills whatever a failed test has left. */
export function stopRedriving(): void {
  for (const child of running) child.kill('SIGKILL')
}

function begin(request: RedrivingRequest): ChildProcess {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, NODE_COMPILE_CACHE, REDRIVING: JSON.stringify(request) }
  const script = new URL('./redriving-process.ts', import.meta.url).pathname
  const child = fork(script, [], { env, execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Redrives to the end. */
export async function redriveWhole(request: RedrivingRequest): Promise<Redriven> {
  const child = begin(request)
  const redriven: Redriven = { text: '' }
  child.on('message', ({ text, error }: Partial<Redriven>) => {
    redriven.text += text ?? ''
    redriven.error ??= error
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) redriven.error ??= `ended with ${code}`
  return redriven
}

/** Redrives, and kills the process a while after it has begun. @returns whether it was killed before it had ended */
export async function redriveAndKill(request: RedrivingRequest, afterMs: number): Promise<boolean> {
  const child = begin(request)
  const exit = once(child, 'exit')
  await Promise.race([once(child, 'message'), exit])
  await Promise.race([sleep(afterMs), exit])
  child.kill('SIGKILL')
  const [, signal] = await exit
  return signal === 'SIGKILL'
}
