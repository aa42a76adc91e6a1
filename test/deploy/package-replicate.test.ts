import { type PackagedService, packageService } from '../support/packaged-service.ts'

let service: PackagedService

beforeAll(async () => {
  service = await packageService('serverless.replicate.yml')
})

afterAll(() => service?.remove())

test('cfn-lint finds nothing in the packaged template', async () => {
  await expect(service.lint(service.templateFile)).resolves.toBe('')
})

test('the role may reach the trigger’s secret and a VPC, and nothing else than logs', () => {
  const [policy] = (service.template.Resources.IamRoleLambdaExecution?.Properties.Policies ?? []) as {
    PolicyDocument: { Statement: { Action: string[] }[] }
  }[]
  const actions = policy?.PolicyDocument.Statement.flatMap(({ Action }) => Action) ?? []
  expect(actions.filter(action => !/^(logs|ec2):/.test(action))).toEqual(['secretsmanager:GetSecretValue'])
})

test('what keeps the target in step runs on a schedule', () => {
  const rules = Object.values(service.template.Resources).filter(({ Type }) => Type === 'AWS::Events::Rule')
  expect(rules.map(({ Properties }) => Properties.ScheduleExpression)).toEqual(['rate(1 minute)', 'rate(10 minutes)'])
})

test('the package holds the three bundles and their source maps only', async () => {
  const names = ['replicate', 'sync-offsets', 'sync-topics']
  const { 'kafka-functions-replicate.zip': files = {} } = await service.packages()
  const bundles = Object.keys(files).filter(name => !name.endsWith('.map'))
  expect(bundles).toEqual(expect.arrayContaining(names.map(name => `functions/${name}.mjs`)))
  for (const name of bundles) expect(name).toMatch(/^functions\/[\w.-]+\.mjs$/)
  expect(Object.keys(files).toSorted()).toEqual(bundles.flatMap(name => [name, `${name}.map`]).toSorted())
})
