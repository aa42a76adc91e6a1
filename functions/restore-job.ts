import { readServerSettings } from '../lib/config/server.ts'
import { CodedError } from '../lib/error.ts'
import { ensureHome, refuse } from './container.ts'

ensureHome()
const isDone = await restore().catch(refuse)
// Open connections to brokers and the store would keep the process alive.
process.exit(isDone ? 0 : 1)

/** What is left to other invocations of the function, which this process makes one after the other. */
interface Answer {
  run: string
  outcome?: string
  rest?: unknown[]
}

/**
 * Restores what `RESTORE_…` ask for, then ends: for a Job of Kubernetes. The process ends with 1 if not everything was restored; a
 * repetition continues where it ended.
 */
async function restore(): Promise<boolean> {
  if (process.env.RESTORE_PURGE) {
    const message =
      'RESTORE_PURGE: expected nothing, as a Job may be repeated and would delete what it has restored. Purge from a terminal.'
    throw new CodedError('CONFIG_INVALID', message)
  }
  const { timeoutMs } = readServerSettings(process.env).server
  const { handler } = await import('./restore.ts')
  const run = `job-${new Date().toISOString().replaceAll(/[-:.]/g, '')}`
  const due: unknown[] = [{ run }]
  let outcome: string | undefined
  for (let event = due.shift(); event !== undefined; event = due.shift()) {
    const end = Date.now() + timeoutMs
    const answer = (await handler(event, { getRemainingTimeInMillis: () => end - Date.now() } as never)) as Answer
    outcome = answer.outcome ?? outcome
    for (const rest of answer.rest ?? []) due.push(rest)
  }
  return outcome === 'restored' || outcome === 'planned'
}
