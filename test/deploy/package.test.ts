import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonTools } from '../support/python-tools.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}

let folder: string
let template: Template
let python: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-package-'))
  // No credentials, and no way to find any.
  const environment = Object.entries(process.env).filter(([name]) => !/^(AWS|S3|KAFKA|SOURCE_KAFKA|OBJECT)_/.test(name))
  const env = { ...Object.fromEntries(environment), AWS_EC2_METADATA_DISABLED: 'true', HOME: folder }
  const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
  await run(process.execPath, [serverless, 'package', '--package', folder], { cwd: root, env })
  template = JSON.parse(await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'))
  python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

/** cfn-lint's findings, one a line; empty when it has none. */
async function lint(file: string): Promise<string> {
  const options = ['--format', 'parseable', '--regions', 'eu-central-1', '--include-checks', 'W']
  const program = 'from cfnlint.runner import main; main()'
  return run(python, ['-c', program, ...options, '--', file]).then(
    ({ stdout }) => stdout,
    error => {
      // It ends with a code when it finds something; without a finding it has failed itself.
      if (error.stdout === '') throw error
      return error.stdout
    },
  )
}

test('cfn-lint finds nothing in the packaged template', async () => {
  await expect(lint(join(folder, 'cloudformation-template-update-stack.json'))).resolves.toBe('')
})

test('cfn-lint would find a wrong property of a mapping', async () => {
  const wrong = structuredClone(template)
  const mapping = Object.values(wrong.Resources).find(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
  Object.assign(mapping?.Properties ?? {}, { BatchSise: 1 })
  const file = join(folder, 'wrong.json')
  await writeFile(file, JSON.stringify(wrong))
  await expect(lint(file)).resolves.toContain('BatchSise')
})

test('there is a mapping for self-managed Kafka and one for MSK', () => {
  const mappings = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
  expect(mappings.map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({ Topics: ['orders'], SelfManagedEventSource: expect.anything() }),
    expect.objectContaining({ Topics: ['payments'], EventSourceArn: expect.stringContaining('arn:aws:kafka:') }),
  ])
})

test('the role may do what the function and its triggers need, and nothing else', () => {
  const [policy] = (template.Resources.IamRoleLambdaExecution?.Properties.Policies ?? []) as {
    PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] }
  }[]
  const allowed = policy?.PolicyDocument.Statement.map(({ Action, Resource }) => [[Action].flat(), Resource])
  const msk = 'arn:aws:kafka:eu-central-1:123456789012'
  const cluster = 'demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
  const logs = expect.arrayContaining([
    { 'Fn::Sub': expect.stringContaining('log-group:/aws/lambda/kafka-functions-dev') },
  ])
  expect(allowed).toEqual([
    [['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:TagResource'], logs],
    [['logs:PutLogEvents'], logs],
    [
      ['s3:PutObject'],
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { Ref: 'DumpBucket' }, '/*']] },
    ],
    [['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], `${msk}:cluster/${cluster}`],
    [['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], `${msk}:topic/${cluster}/payments`],
    [
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      `${msk}:group/${cluster}/kafka-functions-dev-payments`,
    ],
    [['secretsmanager:GetSecretValue'], ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf']],
    [['kafka:DescribeCluster', 'kafka:GetBootstrapBrokers'], [`${msk}:cluster/${cluster}`]],
    // What Lambda needs to reach a cluster in a VPC; EC2 knows no narrower resource for these.
    [expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DescribeSubnets']), '*'],
  ])
})

test('the bucket survives the service, is closed to the public, and logs end', () => {
  expect(template.Resources.DumpBucket).toMatchObject({ DeletionPolicy: 'Retain' })
  expect(template.Resources.DumpLogGroup?.Properties).toMatchObject({ RetentionInDays: 14 })
})

test('an alarm watches failed invocations, another one failed records', () => {
  const alarms = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  expect(alarms.map(({ Properties }) => Properties.MetricName)).toEqual(['Errors', 'FailedRecords-dev'])
})

test('the package holds the bundle and its source map only, less than 1 MB compressed', async () => {
  const archive = join(folder, 'kafka-functions.zip')
  const code = `import json, sys, zipfile; print(json.dumps({i.filename: i.compress_size for i in zipfile.ZipFile(sys.argv[1]).infolist()}))`
  const { stdout } = await run(python, ['-c', code, archive])
  const files = JSON.parse(stdout) as Record<string, number>
  expect(Object.keys(files).toSorted()).toEqual(['functions/dump.mjs', 'functions/dump.mjs.map'])
  expect(files['functions/dump.mjs']).toBeLessThan(1_000_000)
})
