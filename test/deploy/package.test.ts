import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { METRICS_NAMESPACE, type metrics } from '../../lib/observability/metrics.ts'
import { type PackagedService, packageService, type Template } from '../support/packaged-service.ts'

let service: PackagedService
let template: Template

beforeAll(async () => {
  service = await packageService('serverless.yml')
  template = service.template
})

afterAll(() => service?.remove())

test('cfn-lint finds nothing in the packaged template', async () => {
  await expect(service.lint(service.templateFile)).resolves.toBe('')
})

test('cfn-lint would find a wrong property of a mapping', async () => {
  const wrong = structuredClone(template)
  const mapping = Object.values(wrong.Resources).find(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
  Object.assign(mapping?.Properties ?? {}, { BatchSise: 1 })
  const file = join(service.folder, 'wrong.json')
  await writeFile(file, JSON.stringify(wrong))
  await expect(service.lint(file)).resolves.toContain('BatchSise')
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
  const bucket = { 'Fn::If': ['CreatesBucket', { Ref: 'DumpBucket' }, { Ref: 'ExistingBucket' }] }
  const msk = 'arn:aws:kafka:eu-central-1:123456789012'
  const cluster = 'demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
  const logs = expect.arrayContaining([
    { 'Fn::Sub': expect.stringContaining('log-group:/aws/lambda/kafka-functions-dev') },
  ])
  expect(allowed).toEqual([
    [['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:TagResource'], logs],
    [['logs:PutLogEvents'], logs],
    [
      ['s3:PutObject', 's3:AbortMultipartUpload'],
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', bucket, '/*']] },
    ],
    [['kafka:DescribeClusterV2'], `${msk}:cluster/${cluster}`],
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

test('the bucket survives the service, is closed to the public, ends unfinished uploads, and logs end', () => {
  expect(template.Resources.DumpBucket).toMatchObject({ DeletionPolicy: 'Retain' })
  expect(template.Resources.DumpBucket?.Properties.LifecycleConfiguration).toEqual({
    Rules: [
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
      expect.objectContaining({ Prefix: 'kafka/', ExpirationInDays: 36_500 }),
    ],
  })
  expect(template.Resources.DumpLogGroup?.Properties).toMatchObject({ RetentionInDays: 14 })
})

// The bucket was created all the same, and the output named that one, which stayed empty.
test('with a bucket of one’s own none is created, and the output names it', async () => {
  const mine = await packageService('serverless.yml', { S3_BUCKET: 'my-lake' })
  try {
    const { Parameters, Conditions, Outputs, Resources } = mine.template as Template &
      Record<string, Record<string, object>>
    expect(Resources.DumpBucket).toMatchObject({ Condition: 'CreatesBucket' })
    expect(Conditions?.CreatesBucket).toEqual({ 'Fn::Equals': [{ Ref: 'ExistingBucket' }, ''] })
    expect(Parameters?.ExistingBucket).toMatchObject({ Default: 'my-lake' })
    expect(Outputs?.DumpBucketName).toMatchObject({ Value: 'my-lake' })
    expect(JSON.stringify(Resources.DumpLambdaFunction)).toContain('"S3_BUCKET":"my-lake"')
    await expect(mine.lint(mine.templateFile)).resolves.toBe('')
  } finally {
    await mine.remove()
  }
})

test('an alarm watches failed invocations, another one what the function reports as failed', () => {
  const alarms = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
  const Dimensions = [
    { Name: 'service', Value: 'kafka-functions-dev' },
    { Name: 'connector', Value: 'dump' },
  ]
  const metric = (MetricName: keyof typeof metrics) =>
    expect.objectContaining({
      MetricStat: expect.objectContaining({ Metric: { Namespace: METRICS_NAMESPACE, MetricName, Dimensions } }),
    })
  expect(alarms.map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({ Namespace: 'AWS/Lambda', MetricName: 'Errors' }),
    expect.objectContaining({ Metrics: [expect.anything(), metric('DeadLetters'), metric('PartitionsStopped')] }),
  ])
})

test('the package holds the bundle and its source maps only, less than 1 MB compressed', async () => {
  const { 'kafka-functions.zip': files = {} } = await service.packages()
  const bundle = Object.keys(files).filter(name => !name.endsWith('.map'))
  expect(bundle).toContain('functions/dump.mjs')
  for (const name of bundle) expect(name).toMatch(/^functions\/[\w.-]+\.mjs$/)
  expect(Object.keys(files).toSorted()).toEqual(bundle.flatMap(name => [name, `${name}.map`]).toSorted())
  expect(bundle.reduce((sum, name) => sum + (files[name] ?? 0), 0)).toBeLessThan(1_000_000)
})
