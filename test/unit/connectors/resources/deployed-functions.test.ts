import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { deployedFunctions } from '../../../../lib/connectors/resources/deployed-functions.ts'

const run = promisify(execFile)
const root = new URL('../../../..', import.meta.url).pathname
const register = 'lib/connectors/resources/deployed-functions.ts'

/** A function that counts the partitions of a connector's topics every hour: its file, and its entry in the register. */
const file = `
import { readConnectorSettings } from '../lib/config/connector.ts'

const { groupOf } = readConnectorSettings(process.env)

export const handler = async () => groupOf('orders')
`
const parts = {
  summary: `'Counts the partitions of each topic.'`,
  sections: 'connectorSections',
  documented: '[connectorSection]',
  readSettings: 'readConnectorSettings',
  deployedBy: '(connector: Connector) => connector',
  declared: 'declaredKeys',
  environment: `(connector: Connector, { service }: { service: string }) => checkEnvironment(connector, service, 'group')`,
  statements: '() => [{ Effect: "Allow" as const, Action: ["kafka:DescribeCluster"], Resource: "*" }]',
  calledBy: '{ everyMinutes: 60, whileDisabled: false }',
  timeoutSeconds: '30',
  usesSource: '() => true',
  callsLambda: 'false',
}

const entryWithout = (left?: string) =>
  `{ ${Object.entries(parts)
    .filter(([name]) => name !== left)
    .map(([name, text]) => `${name}: ${text}`)
    .join(', ')} }`

let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'one-more-function-'))
  for (const name of ['functions', 'lib', 'local', 'test/support', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const text = readFileSync(join(root, register), 'utf8')
  const added = text.replace(
    'export const deployedFunctions = {',
    `export const deployedFunctions = {\n  count: ${entryWithout()},`,
  )
  const incomplete = Object.keys(parts).map(
    (left, index) =>
      `// @ts-expect-error without ${left}\nexport const incomplete${index}: DeployedFunction = ${entryWithout(left)}\n`,
  )
  writeFileSync(join(copy, register), `${added}\n${incomplete.join('\n')}`)
  writeFileSync(join(copy, 'functions/count.ts'), file)
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

test('a function more is one file and one entry: the compiler misses nothing, and refuses an entry without any of its parts', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [compiler, '-p', copy]).catch(failed => failed)
  expect(stdout).toBe('')
})

test('a function more has its definition, role, schedule, alarm, checks and documentation from its entry', async () => {
  const script = `
    import { fillTables } from './local/readme-tables.ts'
    import { dump, expansionOf, faults } from './test/support/connectors.ts'
    const { functions, resources } = expansionOf({ flow: dump() })
    const tables = fillTables('<!-- table: functions --><!-- end --><!-- table: count variables --><!-- end -->')
    console.log(JSON.stringify({ definition: functions['flow-count'], resources: Object.keys(resources), role: resources.FlowDashcountRole, tables }))
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: copy })
  const { definition, resources, role, tables } = JSON.parse(stdout)
  expect(definition).toMatchObject({
    handler: 'functions/count.handler',
    name: 'lake-dev-flow-count',
    timeout: 30,
    environment: { CONNECTOR_NAME: 'flow', CONSUMER_GROUP: 'group' },
    events: [{ schedule: { rate: ['rate(60 minutes)'], enabled: true } }],
  })
  expect(resources).toEqual(expect.arrayContaining(['FlowDashcountRole', 'FlowDashcountErrorsAlarm']))
  expect(JSON.stringify(role)).toContain('kafka:DescribeCluster')
  expect(tables).toContain('| `count` | Counts the partitions of each topic. | a schedule, every 60 minutes |')
  expect(tables).toContain('| `CONNECTOR_TYPE` |')
})

test.each(Object.keys(deployedFunctions))('%s has its file in functions/', name => {
  expect(readFileSync(join(root, 'functions', `${name}.ts`), 'utf8')).toMatch(/^export const handler = /m)
})
