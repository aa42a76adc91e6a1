import { readServerSettings } from '../lib/config/server.ts'
import { ensureHome, refuse } from './container.ts'
import { loadFunction } from './index.ts'

ensureHome()
await record().catch(refuse)
// Open connections to brokers and the store would keep the process alive.
process.exit(0)

/**
 * Records topics and consumer groups once, then ends: for schedulers of containers, such as a CronJob of Kubernetes. The process
 * ends with 1 if something could not be recorded.
 */
async function record(): Promise<void> {
  const { timeoutMs } = readServerSettings(process.env).server
  const invoke = await loadFunction('record-cluster')
  const end = Date.now() + timeoutMs
  await invoke({}, { getRemainingTimeInMillis: () => end - Date.now() })
}
