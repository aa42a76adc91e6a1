import type { EventSourceMapping } from '../../lambda/event-source-mappings.ts'
import type { Connector } from '../connector.ts'
import type { CommandContext } from './command.ts'
import type { Deployment } from './deployment.ts'
import { renderTable } from './table.ts'

const NUMBER = new Intl.NumberFormat('en')

/** A line for each connector: what it is, whether it runs, and how far it is behind. */
export async function list({ connectors, deployment, write }: CommandContext): Promise<void> {
  const rows = await Promise.all(connectors.map(connector => rowOf(connector, deployment)))
  write(renderTable(rows, { head: ['connector', 'type', 'topics', 'state', 'lag'], right: [4] }))
}

async function rowOf(connector: Connector, deployment: Deployment): Promise<string[]> {
  const mappings = await deployment.mappingsOf(connector)
  const state = mappings ? stateOf(mappings) : 'not deployed'
  return [
    connector.name,
    connector.kind,
    topicsOf(connector, mappings),
    state,
    await lagOf(connector, mappings, deployment),
  ]
}

function topicsOf({ source }: Connector, mappings: EventSourceMapping[] = []): string {
  if (source.topics) return source.topics.join('\n')
  return [source.pattern, ...mappings.map(({ topic }) => `  ${topic}`).toSorted()].join('\n')
}

/** `enabled`, `paused`, or how many are; and what the pollers have trouble with. */
export function stateOf(mappings: EventSourceMapping[]): string {
  const enabled = mappings.filter(({ state }) => state === 'Enabled').length
  const trouble = mappings.map(({ lastResult }) => lastResult).find(isTrouble)
  const changing = mappings.find(({ state }) => state !== 'Enabled' && state !== 'Disabled')
  const state =
    mappings.length === 0
      ? 'no mappings'
      : changing
        ? changing.state.toLowerCase()
        : enabled === mappings.length
          ? 'enabled'
          : enabled === 0
            ? 'paused'
            : `${enabled} of ${mappings.length} enabled`
  return trouble ? `${state}\n${trouble}` : state
}

/** Source: AWS Lambda, "Kafka event source mapping errors": a result is `OK`, `No records processed`, or a `PROBLEM: …`. */
export function isTrouble(lastResult: string | undefined): lastResult is string {
  return lastResult?.startsWith('PROBLEM') ?? false
}

/** From the cluster, exactly; where that can't be asked, what CloudWatch has. */
async function lagOf(
  connector: Connector,
  mappings: EventSourceMapping[] | undefined,
  { ask, offsetLags, functionName }: Deployment,
): Promise<string> {
  if (!mappings || mappings.length === 0) return ''
  try {
    const lags = await ask(connector, { action: 'lag', topics: mappings.map(({ topic }) => topic) })
    return NUMBER.format(Object.values(lags).reduce<number>((sum, lag) => sum + (lag ?? 0), 0))
  } catch {
    const lag = await offsetLags?.latest(functionName(connector)).catch(() => undefined)
    return lag === undefined ? '?' : `~${NUMBER.format(lag)}`
  }
}
