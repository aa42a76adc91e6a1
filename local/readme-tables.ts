import type { z } from 'zod'
import { azureSections } from '../lib/config/azure.ts'
import type { AnySection } from '../lib/config/section.ts'
import { serverSections } from '../lib/config/server.ts'
import { defaultOf, descriptionOf, isReferable } from '../lib/config/variable.ts'
import type { DeployedFunction } from '../lib/connectors/resources/deployed-function.ts'
import { deployedFunctions } from '../lib/connectors/resources/deployed-functions.ts'
import { errorCodes } from '../lib/error.ts'
import { METRICS_NAMESPACE, metrics } from '../lib/observability/metrics.ts'
import { referenceKinds } from '../lib/secrets/reference.ts'
import { connectorKeysTables } from './connector-keys.ts'

/** The pages with such tables, from the project's folder. */
export const pages = [
  'README.md',
  'docs/connectors.md',
  'docs/operate.md',
  'docs/replicate.md',
  'docs/platforms/README.md',
  'docs/platforms/azure-functions.md',
]

/** The tables that the sources know best, by the name in their markers. */
const tables: Record<string, () => string> = {
  ...variablesTables(),
  'server variables': () => variablesTable(serverSections.server),
  'azure variables': () => Object.values(azureSections).map(variablesTable).join('\n\n'),
  'error codes': errorCodesTable,
  'connector keys': connectorKeysTables,
  metrics: metricsTable,
  functions: functionsTable,
}

/** A page with each `<!-- table: name -->` … `<!-- end -->` filled anew. */
export function fillTables(page: string): string {
  return page.replaceAll(/(<!-- table: (.+?) -->)[\s\S]*?(<!-- end -->)/g, (_, start, name, end) => {
    const table = tables[name]
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
  return `a schedule, every ${calledBy.rate.replace(/^rate\((?:1 )?(.*?)s?\)$/, '$1')}`.replace(/(\d+ \w+)$/, '$1s')
}

/** How a variable may be given instead. */
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
  const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return ['| code | meaning |', '| --- | --- |', ...rows].join('\n')
}

function metricsTable(): string {
  const rows = Object.entries(metrics).map(([name, { unit, meaning }]) => `| \`${name}\` | ${unit} | ${meaning} |`)
  const where = `In the namespace \`${METRICS_NAMESPACE}\`, with the dimensions \`service\` and \`connector\`:`
  return [where, '', '| metric | unit | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}
