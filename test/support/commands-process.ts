import type { Deployment } from '../../lib/connectors/commands/deployment.ts'
import { Output } from '../../lib/connectors/commands/output.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import { runCommand } from '../../lib/connectors/run-command.ts'
import type { CommandRequest } from './canary-commands.ts'

/** The other side of `canary-commands.ts`: runs commands `serverless connectors …` one after the other, and prints what they print. */
const requests: CommandRequest[] = JSON.parse(process.env.COMMANDS ?? '')
const SERVICE = 'canary-dev'

for (const { command, connector, declared, environments, variables, options } of requests) {
  Object.assign(process.env, variables)
  const deployment: Partial<Deployment> = {
    ...{ service: SERVICE, isLocal: true, config: { region: 'eu-central-1' } },
    functionName: ({ name }) => `${SERVICE}-${name}`,
    mappingsOf: async () => [],
    environmentOf: async (_, companion) => environments[companion ?? ''],
    logs: { async *matching() {}, async *between() {} },
  }
  await runCommand(command, {
    options: { ...options, name: connector } as object,
    output: new Output(process.stdout),
    errors: new Output(process.stderr),
    open: async () => ({
      connectors: readConnectors(declared, SERVICE, 'connectors'),
      deployment: deployment as Deployment,
    }),
  })
}
// Connections that a command has left open would keep the process alive.
process.exit()
