import { styleText } from 'node:util'
import { FunctionError, isMissing } from '../../lambda/functions.ts'
import type { CheckResult } from '../../operate/check.ts'
import type { Fault } from '../checks/fault.ts'
import { warnings } from '../checks/warning.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, CommandError, reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'
import { isTrouble } from './list.ts'
import { renderTable } from './table.ts'

/**
 * Prints what each connector needs, line by line, and whether it has it.
 *
 * @throws CommandError when something is missing
 */
export async function check({ connectors, deployment, write }: CommandContext): Promise<void> {
  const checked = await Promise.all(
    connectors.map(async connector => ({ connector, results: await resultsOf(connector, deployment) })),
  )
  const warned = warnings(connectors)
  for (const { connector, results } of checked) {
    const lines = [...results.map(lineOf), ...warningLines(connector, warned)]
    write(`${connector.name}\n${renderTable(lines).replaceAll(/^/gm, '  ')}\n`)
  }
  const failed = checked.filter(({ results }) => results.some(({ ok }) => !ok)).map(({ connector }) => connector.name)
  if (failed.length > 0) throw new CommandError(`Connectivity check failed: ${failed.join(', ')}.`)
  write('Connectivity check passed.')
}

function lineOf({ ok, check, detail, errorCode }: CheckResult): string[] {
  const mark = ok ? styleText('green', '✓') : styleText('red', '✗')
  return [`${mark} ${check}`, errorCode ? `${detail} (${errorCode})` : detail]
}

/** What the declaration of a connector allows, but may lose records. */
function warningLines({ declared }: Connector, found: Fault[]): string[][] {
  return found
    .filter(({ path: [name] }) => name === declared)
    .map(({ path: [, ...path], message }) => [`${styleText('yellow', '!')} ${path.join('.')}`, message])
}

async function resultsOf(connector: Connector, deployment: Deployment): Promise<CheckResult[]> {
  const [asked, mapped] = await Promise.all([
    askedResults(connector, deployment),
    mappingResults(connector, deployment),
  ])
  return [...asked, ...mapped]
}

/** The results of the function `check`, from inside the connector's network. */
async function askedResults(connector: Connector, { ask }: Deployment): Promise<CheckResult[]> {
  try {
    return (await ask(connector, { action: 'check', topics: connector.source.topics })).results
  } catch (error) {
    if (!isMissing(error) && !(error instanceof FunctionError)) throw error
    return [{ check: 'function', ok: false, detail: reasonOf(error) }]
  }
}

/** The state that Lambda's pollers report. */
async function mappingResults(connector: Connector, { mappingsOf }: Deployment): Promise<CheckResult[]> {
  const mappings = await mappingsOf(connector)
  const missing = (connector.source.topics ?? []).filter(topic => !mappings?.some(mapping => mapping.topic === topic))
  return [
    ...(mappings ?? []).map(({ topic, state, lastResult }) => ({
      check: `mapping ${topic}`,
      ok: !isTrouble(lastResult),
      detail: [state, lastResult].filter(Boolean).join(', '),
    })),
    ...missing.map(topic => ({ check: `mapping ${topic}`, ok: false, detail: 'there is none' })),
  ]
}
