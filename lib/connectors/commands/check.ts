import { styleText } from 'node:util'
import type * as z from 'zod'
import { acts, errorCodes } from '../../error.ts'
import { isTrouble } from '../../lambda/event-source-mappings.ts'
import { FunctionError, isMissing } from '../../lambda/functions.ts'
import type { CheckResult } from '../../operate/check.ts'
import type { Fault } from '../checks/fault.ts'
import { warnings } from '../checks/warning.ts'
import type { Connector } from '../declaration/connector.ts'
import { type CommandContext, connectorNamed, reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { checkDocument } from './documents/check.ts'
import type { CommandResult } from './documents/index.ts'
import { renderTable } from './table.ts'

/** What each connector needs, line by line, and whether it has it. It is a failure when something is missing. */
export async function check(
  { connectors, deployment }: CommandContext,
  { name }: { name?: string },
): Promise<CommandResult<'check'>> {
  const wanted = name === undefined ? connectors : [connectorNamed(name, connectors)]
  const warned = warnings(connectors)
  const checked = await Promise.all(
    wanted.map(async connector => checkedOf(connector, await resultsOf(connector, deployment), warned)),
  )
  const failed = checked.filter(({ passed }) => !passed).map(({ name }) => name)
  return {
    document: { schema: 1, passed: failed.length === 0, connectors: checked },
    text: () => [...checked.map(checkedText), ...(failed.length > 0 ? [] : ['Connectivity check passed.'])].join('\n'),
    failure: failed.length > 0 ? `Connectivity check failed: ${failed.join(', ')}.` : undefined,
  }
}

type Checked = z.input<typeof checkDocument>['connectors'][number]

/** @param warned what declarations allow, but may lose records */
function checkedOf({ name, declared }: Connector, results: CheckResult[], warned: Fault[]): Checked {
  return {
    name,
    passed: results.every(({ ok }) => ok),
    results: results.map(result => (result.errorCode ? { ...result, act: errorCodes[result.errorCode].act } : result)),
    warnings: warned
      .filter(({ path: [name] }) => name === declared)
      .map(({ path: [, ...path], message }) => ({ path: path.join('.'), message })),
  }
}

const warningMark = () => styleText('yellow', '!')

function checkedText({ name, results, warnings }: Checked): string {
  const lines = [...results.map(lineOf), ...warnings.map(({ path, message }) => [`${warningMark()} ${path}`, message])]
  return `${name}\n${renderTable(lines).replaceAll(/^/gm, '  ')}\n`
}

function lineOf({ ok, check, detail, warning, errorCode, act }: Checked['results'][number]): string[] {
  const mark = warning ? warningMark() : ok ? styleText('green', '✓') : styleText('red', '✗')
  return [`${mark} ${check}`, errorCode && act ? `${detail} (${errorCode}: ${acts[act]})` : detail]
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
