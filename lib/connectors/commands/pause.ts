import { setTimeout as sleep } from 'node:timers/promises'
import type { DeployedMapping } from '../../lambda/event-source-mappings.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import type { Deployment } from './deployment.ts'

/** How long to wait for Lambda to switch mappings; it never takes longer. */
const PATIENCE_MS = 120_000
const PAUSE_MS = 500

/** Disables all mappings of a connector. Its groups keep their offsets. */
export async function pause(context: CommandContext, { name }: { name: string }): Promise<void> {
  await change(context, name, false)
}

/** Enables all mappings of a connector. They resume where they stopped. */
export async function resume(context: CommandContext, { name }: { name: string }): Promise<void> {
  await change(context, name, true)
}

async function change(
  { connectors, deployment, write }: CommandContext,
  name: string,
  enabled: boolean,
): Promise<void> {
  const connector = connectorNamed(name, connectors)
  const before = await deployment.mappingsOf(connector)
  if (!before || before.length === 0) throw new CommandError(`${name} has no mappings; is it deployed?`)
  const wanted = enabled ? 'Enabled' : 'Disabled'
  for (const { uuid, state } of before) {
    if (state !== wanted) await deployment.mappings.update(uuid, { Enabled: enabled })
  }
  const after = await settled(connector, deployment, mappings => mappings.every(({ state }) => state === wanted))
  const topics = after
    .map(({ topic }) => topic)
    .toSorted()
    .join(', ')
  write(`${name} ${enabled ? 'reads' : 'has stopped reading'} ${topics}.`)
}

async function settled(
  connector: Connector,
  { mappingsOf }: Deployment,
  isSettled: (mappings: DeployedMapping[]) => boolean,
): Promise<DeployedMapping[]> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const mappings = (await mappingsOf(connector)) ?? []
    if (isSettled(mappings)) return mappings
    if (Date.now() > deadline) {
      throw new CommandError(
        `The mappings of ${connector.name} are still being switched; see serverless connectors list.`,
      )
    }
    await sleep(PAUSE_MS)
  }
}
