import type { Deployment } from '../../lib/connectors/commands/deployment.ts'
import { redrive } from '../../lib/connectors/commands/redrive.ts'
import { commandContext, read } from './connectors.ts'
import type { RedrivingRequest } from './redriving.ts'

/** Runs `connectors redrive` in a process of its own, which can be killed. */
const { declaration, environment, options } = JSON.parse(process.env.REDRIVING ?? '') as RedrivingRequest
const connectors = read({ flow: declaration })
const context = commandContext(connectors, environment, text => process.send?.({ text }))
const deployment: Partial<Deployment> = {
  functionName: () => 'lake-dev-flow',
  mappingsOf: async () => [],
}
Object.assign(context.deployment, deployment)
process.send?.({ started: true })
try {
  await redrive(context, { name: 'flow', ...options })
} catch (error) {
  process.send?.({ error: String(error) })
}
process.disconnect?.()
