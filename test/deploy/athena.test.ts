import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { query } from '../../lib/connectors/commands/query.ts'
import { commandContext, read } from '../support/connectors.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { type PackagedService, packageService } from '../support/packaged-service.ts'
import { pythonTools } from '../support/python-tools.ts'

const run = promisify(execFile)
const source = {
  msk: 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5',
  topics: ['orders'],
  auth: { iam: true },
}
const dump = (to: object) => ({
  ...{ type: 'dump', source, alarms: { notify: ['arn:aws:sns:eu-central-1:123456789012:alarms'] } },
  ...{ failurePolicy: 'fail', to: { bucket: 'my-company-lake', table: { database: 'lake' }, ...to } },
})

/** A table of each format, with every kind of projection. */
const connectors = {
  lines: dump({ prefix: 'lines', format: 'jsonl', partitionBy: 'country=/country,dt=yyyy-MM-dd' }),
  containers: dump({ prefix: 'containers', format: 'avro', partitioner: 'hourly' }),
  columns: dump({ prefix: 'columns', format: 'parquet' }),
}

let folder: string
let service: PackagedService

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-athena-'))
  const file = join(folder, 'connectors.json')
  await writeFile(file, JSON.stringify(connectors))
  service = await packageService('serverless.connectors.yml', { CONNECTORS: file })
}, 240_000)

afterAll(() => Promise.all([service?.remove(), rm(folder, { recursive: true, force: true })]))

const tables = () =>
  Object.values(service.template.Resources)
    .filter(({ Type }) => Type === 'AWS::Glue::Table')
    .map(({ Properties }) => Properties.TableInput as { Name: string; PartitionKeys: { Name: string }[] })

test('cfn-lint finds nothing in a template with tables', async () => {
  expect(tables()).toHaveLength(3)
  await expect(service.lint(service.templateFile)).resolves.toBe('')
})

/** moto's CloudFormation has no tables, its Glue has: it takes them as the template has them, and AWS's client checks their form. */
test('AWS Glue’s API takes the tables, and tells their partition keys', async () => {
  const moto: Moto = await startMoto()
  try {
    const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
    const program = `
import boto3, json, sys
glue = boto3.client("glue")
glue.create_database(DatabaseInput={"Name": "lake"})
for table in json.loads(sys.argv[1]):
    glue.create_table(DatabaseName="lake", TableInput=table)
    made = glue.get_table(DatabaseName="lake", Name=table["Name"])["Table"]
    print(json.dumps([made["Name"], [key["Name"] for key in made["PartitionKeys"]], made["Parameters"]["classification"]]))
`
    const env = { ...process.env, ...moto.environment, AWS_DEFAULT_REGION: moto.environment.AWS_REGION }
    const { stdout } = await run(python, ['-c', program, JSON.stringify(tables())], { env })
    expect(linesOf(stdout)).toEqual([
      ['lines', ['topic', 'country', 'dt'], 'json'],
      ['containers', ['topic', 'year', 'month', 'day', 'hour'], 'avro'],
      ['columns', ['topic'], 'parquet'],
    ])
  } finally {
    await moto.stop()
  }
}, 240_000)

test('the printed statements are Athena’s SQL, with the properties of the deployed table', async () => {
  const printed: Record<string, string> = {}
  for (const connector of read(connectors)) {
    const { name } = connector
    const context = commandContext([connector], undefined, () => {})
    printed[name] = (await query(context, { name }))?.document.athena ?? ''
  }
  const python = join(await pythonTools('test/deploy/athena-requirements.txt'), 'python')
  const program = `
import json, sys
import sqlglot
from sqlglot import exp
for statement in json.loads(sys.argv[1]):
    [tree] = sqlglot.parse(statement, dialect="athena")
    assert isinstance(tree, exp.Create), tree
    properties = {str(p.this.this): p.args["value"].this for p in tree.find_all(exp.Property) if type(p) is exp.Property}
    partitions = tree.find(exp.PartitionedByProperty)
    print(json.dumps([tree.this.this.sql(), [d.name for d in partitions.this.expressions], properties]))
`
  const { stdout } = await run(python, ['-c', program, JSON.stringify(Object.values(printed))])
  const parsed = linesOf(stdout) as [string, string[], Record<string, string>][]
  expect(parsed.map(([, keys]) => keys)).toEqual(
    tables().map(({ PartitionKeys }) => PartitionKeys.map(key => key.Name)),
  )
  const deployed = tables().map(table => (table as unknown as { Parameters: object }).Parameters)
  expect(parsed.map(([, , properties]) => ({ EXTERNAL: 'TRUE', ...properties }))).toMatchObject(deployed)
}, 240_000)

function linesOf(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}
