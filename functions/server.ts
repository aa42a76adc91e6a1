import { once } from 'node:events'
import { readServerSettings } from '../lib/config/server.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { FunctionServer } from '../lib/server/function-server.ts'
import { ensureHome, refuse } from './container.ts'
import { loadFunction } from './index.ts'

ensureHome()
const server = await start().catch(refuse)

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
await server.stop()
// Open connections to brokers and the store would keep the process alive.
process.exit(0)

async function start(): Promise<FunctionServer> {
  const { server: settings, log } = readServerSettings(process.env)
  const logger = createLogger(log)
  const server = new FunctionServer({ ...settings, logger, invoke: await loadFunction(settings.function) })
  const port = await server.listen(settings.port)
  logger.info('Listening', { port, function: settings.function })
  return server
}
