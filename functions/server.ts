import { once } from 'node:events'
import { homedir } from 'node:os'
import { ConfigError } from '../lib/config/fault.ts'
import { readServerSettings } from '../lib/config/server.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { FunctionServer } from '../lib/server/function-server.ts'
import { loadFunction } from './index.ts'

ensureHome()
const server = await start().catch(refuse)

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
await server.stop()
// Open connections to brokers and the store would keep the process alive.
process.exit(0)

/**
 * Platforms run a container as a user of their own: FunctionGraph as 1003. Without HOME and an entry in /etc/passwd it has no
 * home, and the AWS SDK, which looks for its configuration there, would fail each request.
 */
function ensureHome(): void {
  try {
    homedir()
  } catch {
    process.env.HOME = '/'
  }
}

async function start(): Promise<FunctionServer> {
  const { server: settings, log } = readServerSettings(process.env)
  const logger = createLogger(log)
  const server = new FunctionServer({ ...settings, logger, invoke: await loadFunction(settings.function) })
  const port = await server.listen(settings.port)
  logger.info('Listening', { port, function: settings.function })
  return server
}

/** Prints the error itself. For an uncaught error, Node.js prints the line that threw it: in a bundle, thousands of characters. */
function refuse(error: unknown): never {
  process.stderr.write(`${error instanceof ConfigError ? `${error.code}: ${error.message}` : (error as Error).stack}\n`)
  process.exit(1)
}
