import { readServerSettings } from '../lib/config/server.ts'
import { ensureHome, refuse } from './container.ts'
import { loadFunction } from './index.ts'

ensureHome()
await compact().catch(refuse)
// Open connections to the store would keep the process alive.
process.exit(0)

/**
 * Compacts what is staged, then ends: for schedulers of containers, such as a CronJob of Kubernetes. The process ends with 1
 * if something could not be compacted.
 */
async function compact(): Promise<void> {
  const { timeoutMs } = readServerSettings(process.env).server
  const invoke = await loadFunction('compact')
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    const end = Date.now() + timeoutMs
    const { left } = (await invoke({}, { getRemainingTimeInMillis: () => end - Date.now() })) as { left: number }
    // Where a run leaves as many as it found, the next one would not get further.
    if (left === 0 || left >= before) return
    before = left
  }
}
