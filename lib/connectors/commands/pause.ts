import { setTimeout as sleep } from 'node:timers/promises'
import type { DeployedMapping } from '../../lambda/event-source-mappings.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, CommandError, connectorNamed } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { CommandResult } from './documents/index.ts'

/** How long to wait for Lambda to switch mappings; it never takes longer. */
const PATIENCE_MS = 120_000
const PAUSE_MS = 500

/** Disables all mappings of a connector. Its groups keep their offsets. */
export async function pause(context: CommandContext, { name }: { name: string }): Promise<CommandResult<'pause'>> {
  return await change(context, name, false)
}

/** Enables all mappings of a connector. They resume where they stopped. */
export async function resume(context: CommandContext, { name }: { name: string }): Promise<CommandResult<'resume'>> {
  return await change(context, name, true)
}

async function change(
  { connectors, deployment }: CommandContext,
  name: string,
  enabled: boolean,
): Promise<CommandResult<'pause'>> {
  const connector = connectorNamed(name, connectors)
  const before = await deployment.mappingsOf(connector)
  if (!before || before.length === 0) throw new CommandError(noMappings(connector, before !== undefined))
  const wanted = enabled ? 'Enabled' : 'Disabled'
  const switched = before.filter(({ state }) => state !== wanted)
  for (const { uuid } of switched) await deployment.mappings.update(uuid, { Enabled: enabled })
  const after = await settled(connector, deployment, mappings => mappings.every(({ state }) => state === wanted))
  const [topics, changed] = [topicsOf(after), topicsOf(switched)]
  return {
    document: { schema: 1, connector: name, reads: enabled, topics, changed },
    text: () => `${name} ${enabled ? 'reads' : 'has stopped reading'} ${topics.join(', ')}.`,
  }
}

function noMappings({ name, source }: Connector, isDeployed: boolean): string {
  if (isDeployed && source.pattern !== undefined)
    return `${name} reads nothing: no topic matches ${source.pattern} yet.`
  return `${name} has no mappings; is it deployed?`
}

function topicsOf(mappings: DeployedMapping[]): string[] {
  return mappings.map(({ topic }) => topic).toSorted()
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
