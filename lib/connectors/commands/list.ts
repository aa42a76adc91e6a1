import type { DeployedMapping } from '../../lambda/event-source-mappings.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'
import { renderTable } from './table.ts'

const NUMBER = new Intl.NumberFormat('en')

/** Prints a line for each connector: type, topics, state and lag; then remarks about the lags. */
export async function list({ connectors, deployment, write }: CommandContext): Promise<void> {
  const listed = await Promise.all(connectors.map(connector => listedOf(connector, deployment)))
  const rows = listed.map(({ row }) => row)
  write(renderTable(rows, { head: ['connector', 'type', 'topics', 'state', 'lag'], right: [4] }))
  const remarks = listed.flatMap(({ row: [name], remark }) => (remark ? [`${name}: ${remark}`] : []))
  if (remarks.length > 0) write(`\n${remarks.join('\n')}`)
}

interface Listed {
  row: string[]
  remark?: string
}

async function listedOf(connector: Connector, deployment: Deployment): Promise<Listed> {
  const mappings = await deployment.mappingsOf(connector)
  const state = mappings ? stateOf(mappings) : 'not deployed'
  const { lag, remark } = await lagOf(connector, mappings, deployment)
  return { row: [connector.name, connector.kind, topicsOf(connector, mappings), state, lag], remark }
}

function topicsOf({ source }: Connector, mappings: DeployedMapping[] = []): string {
  if (source.topics) return source.topics.join('\n')
  return [source.pattern, ...mappings.map(({ topic }) => `  ${topic}`).toSorted()].join('\n')
}

/** Whether the connector runs, and what the pollers have trouble with. */
export function stateOf(mappings: DeployedMapping[]): string {
  const trouble = mappings.map(({ lastResult }) => lastResult).find(isTrouble)
  return trouble ? `${runState(mappings)}\n${trouble}` : runState(mappings)
}

/** `enabled`, `paused`, or how many of the mappings are enabled; while Lambda changes one, its state. */
function runState(mappings: DeployedMapping[]): string {
  if (mappings.length === 0) return 'no mappings'
  const changing = mappings.find(({ state }) => state !== 'Enabled' && state !== 'Disabled')
  if (changing) return changing.state.toLowerCase()
  const enabled = mappings.filter(({ state }) => state === 'Enabled').length
  if (enabled === mappings.length) return 'enabled'
  return enabled === 0 ? 'paused' : `${enabled} of ${mappings.length} enabled`
}

/** Source: AWS Lambda, "Kafka event source mapping errors": a result is `OK`, `No records processed`, or a `PROBLEM: …`. */
export function isTrouble(lastResult: string | undefined): lastResult is string {
  return lastResult?.startsWith('PROBLEM') ?? false
}

/** The exact lag from the cluster, or if that can't be asked, CloudWatch's latest figure. */
async function lagOf(
  connector: Connector,
  mappings: DeployedMapping[] | undefined,
  { ask, offsetLags, functionName }: Deployment,
): Promise<{ lag: string; remark?: string }> {
  if (!mappings || mappings.length === 0) return { lag: '' }
  try {
    const lags = await ask(connector, { action: 'lag', topics: mappings.map(({ topic }) => topic) })
    const missing = Object.keys(lags).filter(topic => lags[topic] === null)
    return {
      lag: NUMBER.format(Object.values(lags).reduce<number>((sum, lag) => sum + (lag ?? 0), 0)),
      remark: missing.length > 0 ? `there is no topic ${missing.join(', ')}` : undefined,
    }
  } catch (error) {
    const remark = `the cluster could not be asked for the lag: ${reasonOf(error)}`
    const lag = await offsetLags?.latest(functionName(connector)).catch(() => undefined)
    return { lag: lag === undefined ? '?' : `~${NUMBER.format(lag)}`, remark }
  }
}
