import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Has a child killed when this process ends: one that is stopped by SIGSTOP would outlive it.
 *
 * @returns its exit code when it has ended; null when it was killed
 */
export async function bind(child: ChildProcess): Promise<number | null> {
  running.add(child)
  const [code] = await once(child, 'exit')
  running.delete(child)
  return code
}

/** Whether a child that was bound has not ended. */
export function isRunning(child: ChildProcess): boolean {
  return running.has(child)
}
