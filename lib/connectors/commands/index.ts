import type { ClientConfig } from '../../lambda/client-config.ts'
import { cat } from './cat.ts'
import { check } from './check.ts'
import { connectorNamed, type StreamingContext } from './command.ts'
import { compact } from './compact.ts'
import type { CommandName } from './definition.ts'
import { failed } from './failed.ts'
import { list } from './list.ts'
import { logs } from './logs.ts'
import { objects } from './objects.ts'
import { pause, resume } from './pause.ts'
import { query } from './query.ts'
import { redrive } from './redrive.ts'
import { restore } from './restore.ts'
import { test } from './test.ts'
import { verify } from './verify.ts'

export { createDeployment } from './deployment.ts'
export { afterDeploy, beforeDeploy, beforeRemove } from './lifecycle.ts'
export { Output } from './output.ts'

/** The code of each command. The framework has checked the options against their definitions. */
export const commands: Record<CommandName, (context: StreamingContext, options: never) => Promise<void>> = {
  list,
  check: ({ connectors, ...context }, { name }: { name?: string }) =>
    check({ ...context, connectors: name === undefined ? connectors : [connectorNamed(name, connectors)] }),
  test,
  pause,
  resume,
  logs,
  objects,
  cat,
  compact,
  failed,
  redrive,
  restore,
  query,
  verify,
}

/** The message for an error: its own, or what to do when nothing answers. */
export function explain(error: Error & { code?: string }, { endpoint }: ClientConfig): string {
  if (endpoint && error instanceof SyntaxError)
    return `Something else answers at ${endpoint}. Run the service on another port, and this with the same OFFLINE_API_PORT.`
  const reasons = error instanceof AggregateError ? error.errors : [error]
  const isRefused = reasons.some(({ code }) => code === 'ECONNREFUSED')
  if (endpoint && isRefused)
    return `Nothing answers at ${endpoint}. Start the service first: npm start, or serverless offline.`
  return error.message || error.name
}
