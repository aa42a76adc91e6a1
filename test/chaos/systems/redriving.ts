import type { Deployment } from '../../../lib/connectors/commands/deployment.ts'
import { commandContext, read } from '../../support/connectors.ts'
import { performed } from '../../support/printed-documents.ts'

/** `connectors redrive --json` of the connector `flow`, with the declaration, the variables and the log in REDRIVING. */
const { declaration, environment, log } = JSON.parse(process.env.REDRIVING ?? '')
let text = ''
const context = commandContext(read({ flow: declaration }), environment, part => {
  text += part
})
const deployment: Partial<Deployment> = { functionName: () => 'chaos-flow', mappingsOf: async () => [] }
Object.assign(context.deployment, deployment)
try {
  await performed('redrive', context, { name: 'flow', json: true, log }, () => text)
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
}
process.stdout.write(text, () => process.exit())
