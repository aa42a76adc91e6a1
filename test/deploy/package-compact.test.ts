import { type PackagedService, packageService } from '../support/packaged-service.ts'

let service: PackagedService

/** Removes the comment signs that docs/deploy.md tells to remove. */
function withCompaction(text: string): string {
  const begins = ['For the function compact', 'For rotation']
  return begins.reduce((edited, begin) => {
    const lines = edited.split('\n')
    const first = lines.findIndex(line => line.includes(`# ${begin}`)) + 1
    const count = lines.slice(first).findIndex(line => !/^ +# (- | |compact)/.test(line))
    const block = lines.slice(first, first + count).map(line => line.replace('# ', ''))
    return [...lines.slice(0, first), ...block, ...lines.slice(first + count)].join('\n')
  }, text)
}

beforeAll(async () => {
  service = await packageService('serverless.yml', { ROTATE_FLUSH_SIZE: '1000' }, withCompaction)
})

afterAll(() => service?.remove())

test('without its comment signs, compact is deployed with what dump has, and runs every minute', async () => {
  const { Resources } = service.template
  const { CompactLambdaFunction: compact, DumpLambdaFunction: dump } = Resources
  expect(compact?.Properties).toMatchObject({ Handler: 'functions/compact.handler', Timeout: 300 })
  expect(compact?.Properties.Environment).toEqual(dump?.Properties.Environment)
  expect(JSON.stringify(compact?.Properties.Environment)).toContain('"ROTATE_FLUSH_SIZE":"1000"')
  const rules = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Events::Rule')
  expect(rules.map(({ Properties }) => Properties.ScheduleExpression)).toEqual(['rate(1 minute)'])
})

test('it may read, delete and list objects, and invoke itself', () => {
  const policies = JSON.stringify(service.template.Resources.IamRoleLambdaExecution?.Properties.Policies)
  for (const action of ['s3:GetObject', 's3:DeleteObject', 's3:ListBucket', 'lambda:InvokeFunction'])
    expect(policies).toContain(`"${action}"`)
  expect(policies).toContain('function:kafka-functions-dev-compact')
})

test('cfn-lint finds nothing in the packaged template', async () => {
  await expect(service.lint(service.templateFile)).resolves.toBe('')
})
