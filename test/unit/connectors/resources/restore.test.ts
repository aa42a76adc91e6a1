import { dump, expansionOf, faults, MSK, permissions, SECRET, SERVICE } from '../../../support/connectors.ts'

const other = 'arn:aws:kafka:eu-central-1:123456789012:cluster/other/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-6'
const inBucket = (name: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::my-lake/${name}`]] })

const declared = dump({
  source: { vpc: { subnets: ['subnet-1'], securityGroups: ['sg-1'] } },
  to: { prefix: 'prod', keyTemplate: '{topic}/{partition}/{offsets}' },
  restore: { msk: other, bootstrapServers: ['other:9098'], auth: { iam: true }, compression: 'zstd', strict: true },
})

test('a declared restore becomes a function for the declared cluster, outside of the source’s network', () => {
  const { functions, extensions } = expansionOf({ flow: declared })
  expect(functions['flow-restore']).toMatchObject({ handler: 'functions/restore.handler', timeout: 900, events: [] })
  expect(functions['flow-restore']?.vpc).toBeUndefined()
  expect(functions['flow-restore']?.environment).toEqual({
    ...{ SERVICE_NAME: SERVICE, CONNECTOR_NAME: 'flow', S3_BUCKET: 'my-lake', OBJECT_PREFIX: 'prod' },
    OBJECT_KEY_TEMPLATE: '{topic}/{partition}/{offsets}',
    ...{ TARGET_KAFKA_BROKERS: 'other:9098', TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
    TARGET_KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM',
    ...{ COMPRESSION_TYPE: 'zstd', RESTORE_STRICT: 'true' },
  })
  expect(extensions).toEqual({ FlowDashrestoreLambdaFunction: { Properties: { RecursiveLoop: 'Allow' } } })
})

test('it may read the dump, write what it keeps beside it, and nothing else there', () => {
  const expansion = expansionOf({ flow: declared })
  const allowed = permissions(expansion, 'FlowDashrestoreRole')
  const on = (service: string) => allowed.filter(([actions]) => actions.some(action => action.startsWith(service)))
  expect(on('s3:')).toEqual([
    [['s3:GetObject'], [inBucket('prod/*')]],
    [['s3:PutObject', 's3:AbortMultipartUpload'], inBucket('prod/_restores/*')],
    [['s3:DeleteObject'], [inBucket('prod/_restores/*')]],
    [['s3:ListBucket'], { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::my-lake']] }],
  ])
  expect(on('lambda:')).toEqual([
    [['lambda:InvokeFunction'], [{ 'Fn::Sub': expect.stringMatching(/:function:lake-dev-flow-restore$/) }]],
  ])
  const kafka = on('kafka')
  expect(JSON.stringify(kafka)).not.toContain(MSK)
  expect(JSON.stringify(kafka)).toContain(
    `${other.replace(':cluster/', ':transactional-id/')}/kafka-functions-restore-*`,
  )
  expect(expansion.resources.FlowDashrestoreErrorsAlarm).toBeDefined()
})

test('without a cluster of its own, it restores to the one that the dump comes from, with its login and network', () => {
  const vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] }
  const source = { msk: undefined, bootstrapServers: ['kafka:9096'], auth: { scram512: SECRET }, vpc }
  const { functions } = expansionOf({ flow: dump({ source, restore: { groups: 'none' } }) })
  expect(functions['flow-restore']).toMatchObject({
    environment: {
      ...{ TARGET_KAFKA_BROKERS: 'kafka:9096', TARGET_KAFKA_PASSWORD_SECRET_ARN: `${SECRET}#password` },
      RESTORE_GROUPS: 'none',
    },
    vpc: { subnetIds: ['subnet-1'] },
  })
})

test('what is wrong is said of its key, and what differs from one restore to the next is none', () => {
  const source = { msk: undefined, bootstrapServers: ['kafka:9096'], auth: { scram512: SECRET } }
  const wrong = (restore: object) => faults({ flow: dump({ source, restore }) })
  expect(wrong({ partitioner: 'hash' })).toEqual([
    expect.stringMatching(/^flow\.restore\.partitioner: expected one of/),
  ])
  expect(wrong({ groups: 'recorded', partitioner: 'key' })).toEqual([
    expect.stringMatching(
      /^flow\.restore\.groups: expected earliest, latest, none or a time, as restore.partitioner is key/,
    ),
  ])
  expect(wrong({ purge: ['orders'] })).toEqual([expect.stringContaining('purge')])
  expect(faults({ flow: dump({ restore: {} }) })).toEqual([expect.stringMatching(/^flow\.source\.bootstrapServers/)])
  expect(wrong({ msk: other })).toEqual([expect.stringMatching(/^flow\.restore\.bootstrapServers/)])
  expect(wrong({ auth: { scram512: SECRET } })).toEqual([
    expect.stringMatching(/^flow\.restore\.bootstrapServers: .* are for/),
  ])
})
