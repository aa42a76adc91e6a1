import type * as z from 'zod'
import { azureSections } from '../lib/config/azure.ts'
import type { AnySection } from '../lib/config/section.ts'
import { serverSections } from '../lib/config/server.ts'
import { defaultOf, descriptionOf, isReferable } from '../lib/config/variable.ts'
import type { DeployedFunction } from '../lib/connectors/resources/deployed-function.ts'
import { deployedFunctions } from '../lib/connectors/resources/deployed-functions.ts'
import { layouts } from '../lib/dumped/layouts/index.ts'
import { errorCodes } from '../lib/error.ts'
import { states } from '../lib/health/state.ts'
import { METRICS_NAMESPACE, metrics } from '../lib/observability/metrics.ts'
import { referenceKinds } from '../lib/secrets/reference.ts'
import { comingFromTables } from './coming-from.ts'
import { commandSections, errorDocumentTable, exitCodesTable } from './command-tables.ts'
import { compactionCostTable } from './compaction-cost.ts'
import { connectorKeysTables } from './connector-keys.ts'
import { costBatchesTable, costTable, pricesTable } from './cost-tables.ts'
import { lambdaPermissionsTable, permissionsTables } from './permissions/table.ts'
import { rooms } from './rooms.ts'

/** The pages with such tables, from the project's folder. */
export const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/coming-from.md',
  'docs/commands.md',
  'docs/compact.md',
  'docs/connectors.md',
  'docs/cost.md',
  'docs/failures.md',
  'docs/operate.md',
  'docs/permissions.md',
  'docs/restore-others.md',
  'docs/variables.md',
  'docs/platforms/README.md',
  'docs/platforms/azure-functions.md',
]

/** The tables that are generated from the sources, by the name in their markers. */
const tables: Record<string, () => string> = {
  ...variablesTables(),
  'server variables': () => variablesTable(serverSections.server),
  'azure variables': () => Object.values(azureSections).map(variablesTable).join('\n\n'),
  'error codes': errorCodesTable,
  'exit codes': exitCodesTable,
  'error document': errorDocumentTable,
  commands: commandSections,
  'compaction cost': compactionCostTable,
  'connector keys': connectorKeysTables,
  cost: costTable,
  'cost of batches': costBatchesTable,
  prices: pricesTable,
  layouts: layoutsTable,
  metrics: metricsTable,
  rooms: roomsTable,
  functions: functionsTable,
  ...comingFromTables,
  states: statesTable,
  permissions: permissionsTables,
  'permissions of Lambda': lambdaPermissionsTable,
}

/**
 * Fills each `<!-- table: name -->` … `<!-- end -->` of a page.
 *
 * @param named what makes a table, by its name; those of the sources if left out
 * @throws Error when there is no table of that name
 */
export function fillTables(page: string, named: Readonly<Record<string, () => string>> = tables): string {
  return page.replaceAll(/(<!-- table: (.+?) -->)[\s\S]*?(<!-- end -->)/g, (_, start, name, end) => {
    const table = named[name]
    if (!table) throw new Error(`There is no table ${name}`)
    return `${start}\n\n${table()}\n\n${end}`
  })
}

/** `dump variables` and the like: the variables of each deployed function that its table shows. */
function variablesTables(): Record<string, () => string> {
  return Object.fromEntries(
    Object.entries<DeployedFunction>(deployedFunctions).map(([name, { documented }]) => [
      `${name} variables`,
      () => documented.map(variablesTable).join('\n\n'),
    ]),
  )
}

function functionsTable(): string {
  const rows = Object.entries<DeployedFunction>(deployedFunctions).map(
    ([name, { summary, calledBy }]) => `| \`${name}\` | ${summary} | ${callerText(calledBy)} |`,
  )
  return ['| function | what it does | called by |', '| --- | --- | --- |', ...rows].join('\n')
}

function callerText(calledBy: DeployedFunction['calledBy']): string {
  if (calledBy === 'mappings') return 'event source mappings'
  if (calledBy === 'commands') return '`serverless connectors`'
  const { everyMinutes, runs } = calledBy
  if (runs) return 'schedules, as often as the connector declares'
  return everyMinutes === 1 ? 'a schedule, every minute' : `a schedule, every ${everyMinutes} minutes`
}

/** The suffixes under which a variable can be given by reference. */
const suffixes = `, ${Object.values(referenceKinds)
  .map(({ suffix }) => `\`…${suffix}\``)
  .join(' or ')}`

function variablesTable({ title, prefix, variables }: AnySection): string {
  const rows = Object.entries(variables as Record<string, z.ZodType>).map(([name, schema]) => {
    const known = descriptionOf(schema)
    const { description, expected, fallback } = known
    const references = isReferable(known) ? suffixes : ''
    return `| \`${prefix}${name}\`${references} | ${description} | ${expected} | ${defaultText(schema, fallback)} |`
  })
  return [`**${title}**`, '', '| variable | meaning | expected | default |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}

function defaultText(schema: z.ZodType, fallback: string | undefined): string {
  const literal = defaultOf(schema)
  const parts = [fallback, literal].filter(part => part !== undefined).map(part => `\`${part}\``)
  if (parts.length > 0) return parts.join(', else ')
  return schema.safeParse(undefined).success ? '' : '**required**'
}

function errorCodesTable(): string {
  const rows = Object.entries(errorCodes).map(([code, { act, meaning }]) => `| \`${code}\` | ${act} | ${meaning} |`)
  return ['| code | who has to act | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/** What can't be restored of each connector's objects. */
function layoutsTable(): string {
  const lists = Object.entries(layouts).map(([name, { title, losses }]) => {
    const items = losses.length === 0 ? ['Nothing that the objects have.'] : losses
    return [`**${title}**, \`${name}\`:`, '', ...items.map(item => `- ${item}`)].join('\n')
  })
  return lists.join('\n\n')
}

/** What each state of a connector means, and what to do at three in the morning. */
function statesTable(): string {
  const rows = Object.entries(states).map(([name, { meaning, advice }]) => `| ${name} | ${meaning} | ${advice} |`)
  return ['| state | meaning | what to do |', '| --- | --- | --- |', ...rows].join('\n')
}

function metricsTable(): string {
  const rows = Object.entries(metrics).map(([name, { unit, meaning }]) => `| \`${name}\` | ${unit} | ${meaning} |`)
  const where = `In the namespace \`${METRICS_NAMESPACE}\`, with the dimensions \`service\` and \`connector\`:`
  return [where, '', '| metric | unit | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

/**
 * A row for each room of `local/rooms.ts`: `lib` first, then its rooms from the lowest to the highest, each followed by the
 * rooms inside it.
 */
function roomsTable(): string {
  const names = Object.keys(rooms)
  const outerRoom = (name: string) =>
    names
      .filter(other => name.startsWith(`${other}/`))
      .reduce((longest, other) => (other.length > longest.length ? other : longest), '')
  const rowsOf = (name: string): string[] => [
    roomRow(name),
    ...names.filter(other => outerRoom(other) === name).flatMap(rowsOf),
  ]
  return ['| folder | what it holds | may import |', '| --- | --- | --- |', ...rowsOf('lib')].join('\n')
}

function roomRow(name: string): string {
  const { holds, imports } = rooms[name] as (typeof rooms)[string]
  return `| \`${name}\` | ${holds} | ${imports.map(room => `\`${room}\``).join(', ')} |`
}
