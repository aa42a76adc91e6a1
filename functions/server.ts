import { once } from 'node:events'
import { readServerSettings } from '../lib/config/server.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { FunctionServer } from '../lib/server/function-server.ts'
import { loadFunction } from './index.ts'

const { server: settings, log } = readServerSettings(process.env)
const logger = createLogger(log)
const server = new FunctionServer({ ...settings, logger, invoke: await loadFunction(settings.function) })
const port = await server.listen(settings.port)
logger.info('Listening', { port, function: settings.function })

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
await server.stop()
// Connections to brokers and the store would keep the process.
process.exit(0)
