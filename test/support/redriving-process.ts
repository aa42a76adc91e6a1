import type { Deployment } from '../../lib/connectors/commands/deployment.ts'
import { commandContext, read } from './connectors.ts'
import { performed } from './printed-documents.ts'
import type { RedrivingRequest } from './redriving.ts'

/** Runs `connectors redrive` in a process of its own, which can be killed. */
const { declaration, environment, options } = JSON.parse(process.env.REDRIVING ?? '') as RedrivingRequest
const connectors = read({ flow: declaration })
let text = ''
const context = commandContext(connectors, environment, part => {
  text += part
  process.send?.({ text: part })
})
const deployment: Partial<Deployment> = {
  functionName: () => 'lake-dev-flow',
  mappingsOf: async () => [],
}
Object.assign(context.deployment, deployment)
process.send?.({ started: true })
try {
  await performed('redrive', context, { name: 'flow', ...options }, () => text)
} catch (error) {
  process.send?.({ error: String(error) })
}
process.disconnect?.()
