import fc from 'fast-check'
import { logicalName } from '../../../../lib/cloudformation/logical-id.ts'
import type { Statement } from '../../../../lib/cloudformation/template.ts'
import { readConnectorSettings } from '../../../../lib/config/connector.ts'
import { readDumpSettings } from '../../../../lib/config/dump.ts'
import { readReconcileSettings } from '../../../../lib/config/reconcile.ts'
import { readReplicateSettings, readSyncTopicsSettings } from '../../../../lib/config/replicate.ts'
import { readSyncOffsetsSettings } from '../../../../lib/config/sync-offsets.ts'
import { CONNECTOR_NAME } from '../../../../lib/connectors/reader.ts'
import { madeBuckets } from '../../../../lib/connectors/resources/bucket.ts'
import { METRICS_NAMESPACE, metrics } from '../../../../lib/observability/metrics.ts'
import {
  dump,
  expansionOf,
  MSK,
  mappings,
  permissions,
  read,
  replicate,
  SECRET,
  statements,
} from '../../../support/connectors.ts'

const msk = (kind: string, name: string) => `${MSK.replace(':cluster/', `:${kind}/`)}/${name}`
const bucket = (path: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::my-lake${path}`]] })
const objects = (folder: string) => bucket(`/${folder}*`)
const interfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeVpcs',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
]
const clusterActions = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers']
const self = { msk: undefined, bootstrapServers: ['kafka-1:9096', 'kafka-2:9096'], auth: { scram512: SECRET } }
const vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] }
const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:failed'

describe('a mapping', () => {
  test('of MSK with provisioned pollers has everything that was declared, and nothing else', () => {
    const declared = dump({
      source: {
        topics: ['orders', 'payments'],
        consumerGroup: 'lake',
        startFrom: '2026-01-31T00:00:00Z',
        filters: [{ value: { type: ['order'] } }],
      },
      batch: { size: 500, windowSeconds: 5 },
      concurrency: { minimumPollers: 2, maximumPollers: 12, pollerGroup: 'lake' },
      retries: { attempts: 5, maximumRecordAgeSeconds: 3600, bisect: true },
      deadLetter: QUEUE,
    })
    const { orders, payments } = mappings(expansionOf({ flow: declared }))
    expect(orders).toEqual({
      FunctionName: { 'Fn::GetAtt': ['FlowLambdaFunction', 'Arn'] },
      EventSourceArn: MSK,
      Topics: ['orders'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'lake-orders' },
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: 1769817600,
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 5,
      Enabled: true,
      FilterCriteria: { Filters: [{ Pattern: '{"value":{"type":["order"]}}' }] },
      ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 12, PollerGroupName: 'lake' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 3600,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: QUEUE } },
      MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
      Tags: [{ Key: 'connector', Value: 'flow' }],
    })
    expect(payments).toMatchObject({ AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'lake-payments' } })
  })

  test('of a self-managed cluster logs in with its secrets, from its VPC', () => {
    const auth = { scram512: SECRET, serverRootCa: `${SECRET}-ca` }
    const { orders } = mappings(expansionOf({ flow: dump({ source: { ...self, auth, vpc } }) }))
    expect(orders).toEqual({
      FunctionName: { 'Fn::GetAtt': ['FlowLambdaFunction', 'Arn'] },
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: self.bootstrapServers } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'lake-dev-flow-orders' },
      SourceAccessConfigurations: [
        { Type: 'SASL_SCRAM_512_AUTH', URI: SECRET },
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: `${SECRET}-ca` },
        { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
        { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      ],
      Topics: ['orders'],
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 60,
      Enabled: true,
      Tags: [{ Key: 'connector', Value: 'flow' }],
    })
  })

  test.each([
    ['plain', 'BASIC_AUTH'],
    ['scram256', 'SASL_SCRAM_256_AUTH'],
    ['scram512', 'SASL_SCRAM_512_AUTH'],
    ['mtls', 'CLIENT_CERTIFICATE_TLS_AUTH'],
  ])('logs in with %s as %s', (name, Type) => {
    const { orders } = mappings(expansionOf({ flow: dump({ source: { ...self, auth: { [name]: SECRET } } }) }))
    expect(orders?.SourceAccessConfigurations).toEqual([{ Type, URI: SECRET }])
  })

  test('asks a schema registry, with its own secret', () => {
    const schemaRegistry = {
      uri: 'https://registry.example.com',
      format: 'SOURCE',
      validate: ['KEY', 'VALUE'],
      basic: SECRET,
    }
    const expansion = expansionOf({ flow: dump({ source: { schemaRegistry }, concurrency: {} }) })
    expect(mappings(expansion).orders?.AmazonManagedKafkaEventSourceConfig).toMatchObject({
      SchemaRegistryConfig: {
        SchemaRegistryURI: 'https://registry.example.com',
        EventRecordFormat: 'SOURCE',
        SchemaValidationConfigs: [{ Attribute: 'KEY' }, { Attribute: 'VALUE' }],
        AccessConfigs: [{ Type: 'BASIC_AUTH', URI: SECRET }],
      },
    })
    expect(permissions(expansion, 'FlowRole').slice(-1)).toEqual([[['secretsmanager:GetSecretValue'], [SECRET]]])
  })

  test('has the key for its filters, the log of its pollers, and ten attempts where a batch can be put aside', () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1'
    const source = { filters: [{ value: ['a'] }], filtersKmsKey: key }
    const declared = dump({ source, concurrency: { logLevel: 'WARN' }, deadLetter: QUEUE })
    expect(mappings(expansionOf({ flow: declared })).orders).toMatchObject({
      KmsKeyArn: key,
      LoggingConfig: { SystemLogLevel: 'WARN' },
      MaximumRetryAttempts: 10,
    })
    const pattern = { ...declared, source: { ...declared.source, topics: undefined, pattern: '.*' } }
    const { MAPPING } = expansionOf({ flow: pattern }).functions['flow-reconcile']?.environment ?? {}
    expect(JSON.parse(String(MAPPING))).toMatchObject({ KMSKeyArn: key, LoggingConfig: { SystemLogLevel: 'WARN' } })
  })

  test('carries the tags that its connector has', () => {
    const { orders } = mappings(expansionOf({ flow: dump({ tags: { team: 'lake' } }) }))
    expect(orders?.Tags).toEqual([
      { Key: 'connector', Value: 'flow' },
      { Key: 'team', Value: 'lake' },
    ])
  })

  test('repeats for ever and gives nothing up under the policy fail', () => {
    const declared = dump({ failurePolicy: 'fail', concurrency: {} })
    const { orders } = mappings(expansionOf({ flow: declared }))
    expect(orders).toMatchObject({ MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1 })
    expect(orders).not.toHaveProperty('DestinationConfig')
  })

  test('puts a batch that killed its function into the dead-letter topic, where pollers can do that', () => {
    const source = { bootstrapServers: ['kafka-1:9098'] }
    const destination = (more: object) =>
      mappings(expansionOf({ flow: dump({ source, deadLetter: 'failed', ...more }) })).orders?.DestinationConfig
    expect(destination({ concurrency: {} })).toEqual({ OnFailure: { Destination: 'kafka://failed' } })
    expect(destination({})).toBeUndefined()
  })

  test.each([
    [{ topics: ['orders'] }, 'orders', 'lake-dev-flow-orders'],
    [{ topics: ['orders'], consumerGroup: 'lake' }, 'orders', 'lake'],
    [{ topics: ['orders', 'payments'], consumerGroup: 'lake' }, 'payments', 'lake-payments'],
    [{ topics: ['orders'], consumerGroup: '{topic}.lake' }, 'orders', 'orders.lake'],
  ])('of %j and %s is in the group %s', (source, topic, ConsumerGroupId) => {
    const mapping = mappings(expansionOf({ flow: dump({ source }) }))[topic]
    expect(mapping?.AmazonManagedKafkaEventSourceConfig).toEqual({ ConsumerGroupId })
  })

  test('is there for each topic that a pattern matches', () => {
    const source = { topics: undefined, pattern: 'shop\\..*' }
    const found = mappings(
      expansionOf({ flow: dump({ source }) }, { matches: new Map([['flow', ['shop.a', 'shop.b']]]) }),
    )
    expect(Object.keys(found)).toEqual(['shop.a', 'shop.b'])
  })
})

describe('a role may do what its connector needs, and nothing else', () => {
  test('MSK with IAM to a bucket', () => {
    const expansion = expansionOf({ flow: dump({ to: { prefix: 'kafka' } }) })
    expect(permissions(expansion, 'FlowRole')).toEqual([
      [interfaces, '*'],
      [['s3:PutObject', 's3:AbortMultipartUpload'], objects('kafka/')],
      [clusterActions, [MSK]],
      [['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [MSK]],
      [['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [msk('topic', 'orders')]],
      [['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [msk('group', 'lake-dev-flow-orders')]],
    ])
  })

  test('MSK of another account: the connection, and what its owner allows on the cluster behind it', () => {
    const connection = 'arn:aws:kafka:eu-central-1:123456789012:vpc-connection/999999999999/demo/51c98b4a-1'
    const other = (kind: string, name = '') => `arn:aws:kafka:eu-central-1:999999999999:${kind}/demo/*${name}`
    const expansion = expansionOf({ flow: dump({ source: { msk: connection } }) })
    const kafka = permissions(expansion, 'FlowRole').filter(([actions]) =>
      actions.some(action => /^kafka/.test(action)),
    )
    expect(kafka).toEqual([
      [['kafka:DescribeVpcConnection'], [connection]],
      [clusterActions, [other('cluster')]],
      [['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], [other('cluster')]],
      [['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [other('topic', '/orders')]],
      [['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [other('group', '/lake-dev-flow-orders')]],
    ])
    expect(mappings(expansion).orders).toMatchObject({ EventSourceArn: connection })
    expect(expansion.functions['flow-check']?.environment).not.toHaveProperty('SOURCE_MSK_CLUSTER')
  })

  test('MSK with SCRAM: the secret and the key that MSK wants it encrypted with', () => {
    const auth = { scram512: SECRET, kmsKey: 'arn:aws:kms:eu-central-1:123456789012:key/1' }
    expect(permissions(expansionOf({ flow: dump({ source: { auth } }) }), 'FlowRole')).toEqual([
      [interfaces, '*'],
      [['secretsmanager:GetSecretValue'], [SECRET]],
      [['kms:Decrypt'], [auth.kmsKey]],
      [['s3:PutObject', 's3:AbortMultipartUpload'], objects('')],
      [clusterActions, [MSK]],
    ])
  })

  test('self-managed brokers on the internet to a store with keys of its own: the secret', () => {
    const to = { endpoint: 'https://s3.example.com', accessKeyId: 'id', secretAccessKey: 'secret' }
    expect(permissions(expansionOf({ flow: dump({ source: self, to }) }), 'FlowRole')).toEqual([
      [['secretsmanager:GetSecretValue'], [SECRET]],
    ])
  })

  test('secrets of the store where they are kept: each is read once, by the functions that need it', () => {
    const to = {
      endpoint: 'https://s3.example.com',
      accessKeyId: { secret: `${SECRET}#id` },
      secretAccessKey: { secret: `${SECRET}#secret` },
      proxyUrl: 'http://proxy:3128',
      proxyPassword: { parameter: '/proxy/password' },
    }
    const expansion = expansionOf({ flow: dump({ to, source: { ...self, auth: { plain: `${SECRET}2` } } }) })
    expect(expansion.functions.flow?.environment).toMatchObject({
      S3_ACCESS_KEY_ID_SECRET_ARN: `${SECRET}#id`,
      S3_PROXY_PASSWORD_PARAMETER: '/proxy/password',
    })
    const account = `\${AWS::Region}:\${AWS::AccountId}`
    expect(permissions(expansion, 'FlowRole')).toEqual([
      [['secretsmanager:GetSecretValue'], [`${SECRET}2`, SECRET]],
      [['ssm:GetParameter'], [{ 'Fn::Sub': `arn:\${AWS::Partition}:ssm:${account}:parameter/proxy/password` }]],
    ])
    expect(permissions(expansion, 'FlowDashcheckRole')).toContainEqual([
      ['secretsmanager:GetSecretValue'],
      [SECRET, `${SECRET}2`],
    ])
  })

  test('a list of parts for the folders', () => {
    const to = { partitionBy: ['tenant=/customer/tenantId', 'daily@/createdAt'] }
    expect(expansionOf({ flow: dump({ to }) }).functions.flow?.environment).toMatchObject({
      PARTITION_BY: 'tenant=/customer/tenantId,daily@/createdAt',
    })
  })

  test('failed records into topics of MSK', () => {
    const source = { bootstrapServers: ['kafka-1:9098'] }
    const declared = dump({ source, deadLetter: 'failed', abnormalDataTopic: 'abnormal', concurrency: {} })
    expect(permissions(expansionOf({ flow: declared }), 'FlowRole').slice(-2)).toEqual([
      [['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], [MSK]],
      [
        ['kafka-cluster:DescribeTopic', 'kafka-cluster:CreateTopic', 'kafka-cluster:WriteData'],
        [msk('topic', 'abnormal'), msk('topic', 'failed')],
      ],
    ])
  })

  test.each([
    ['a queue', QUEUE, [[['sqs:SendMessage'], [QUEUE]]]],
    ['a queue of the service', { sqs: { Ref: 'Queue' } }, [[['sqs:SendMessage'], [{ Ref: 'Queue' }]]]],
    [
      'a queue with a key of one’s own',
      { sqs: QUEUE, kmsKey: 'arn:aws:kms:eu-central-1:1:key/1' },
      [
        [['sqs:SendMessage'], [QUEUE]],
        [['kms:Decrypt', 'kms:GenerateDataKey'], ['arn:aws:kms:eu-central-1:1:key/1']],
      ],
    ],
    ['an SNS topic', 'arn:aws:sns:eu-central-1:1:t', [[['sns:Publish'], ['arn:aws:sns:eu-central-1:1:t']]]],
    [
      'a bucket',
      'arn:aws:s3:::failed',
      [
        [['s3:ListBucket'], ['arn:aws:s3:::failed']],
        [['s3:PutObject'], ['arn:aws:s3:::failed/*']],
      ],
    ],
  ])('failed batches into %s', (_, deadLetter, expected) => {
    const statements = permissions(expansionOf({ flow: dump({ deadLetter }) }), 'FlowRole')
    expect(statements.slice(-expected.length)).toEqual(expected)
  })

  test('schemas of a Glue registry', () => {
    const uri = 'arn:aws:glue:eu-central-1:123456789012:registry/demo'
    const expansion = expansionOf({ flow: dump({ source: { schemaRegistry: { uri } }, concurrency: {} }) })
    expect(permissions(expansion, 'FlowRole').slice(-1)).toEqual([
      [
        ['glue:GetRegistry', 'glue:GetSchemaVersion'],
        [uri, 'arn:aws:glue:eu-central-1:123456789012:schema/demo/*'],
      ],
    ])
  })

  test('schemas with which the function itself decodes values', () => {
    const schemaRegistryUrl = 'arn:aws:glue:eu-central-1:123456789012:registry/demo'
    const expansion = expansionOf({ flow: dump({ to: { valueFormat: 'avro', schemaRegistryUrl } }) })
    expect(permissions(expansion, 'FlowRole')).toContainEqual([
      ['glue:GetSchemaVersion'],
      [schemaRegistryUrl, 'arn:aws:glue:eu-central-1:123456789012:schema/demo/*'],
    ])
  })

  test('a bucket with tags, an ACL, a key of one’s own and objects that are not overwritten', () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/1'
    const to = { tags: { team: 'data' }, acl: 'private', ifNoneMatch: true, sse: 'aws:kms', sseKmsKeyId: key }
    expect(permissions(expansionOf({ flow: dump({ to }) }), 'FlowRole').slice(1, 3)).toEqual([
      [
        ['s3:PutObject', 's3:AbortMultipartUpload', 's3:PutObjectAcl', 's3:PutObjectTagging', 's3:GetObject'],
        objects(''),
      ],
      [['kms:GenerateDataKey', 'kms:Decrypt'], [key]],
    ])
  })

  test('a replication between MSK clusters with IAM: making and filling topics of the target, positions on either', () => {
    const side = (name: string) => ({
      msk: MSK.replace('demo', name),
      bootstrapServers: [`${name}:9098`],
      auth: { iam: true },
    })
    const on = (name: string, kind: string, topic: string) => msk(kind, topic).replace('demo', name)
    const target = { ...side('america'), exactlyOnce: true, offsetSyncsLocation: 'target' }
    const declared = replicate({ source: side('europe'), to: target, syncTopics: {} })
    const expansion = expansionOf({ flow: declared })
    const cluster = (...actions: string[]) => actions.map(action => `kafka-cluster:${action}`)
    const write = cluster('DescribeTopic', 'CreateTopic', 'AlterTopic', 'WriteData')
    expect(permissions(expansion, 'FlowRole').slice(5)).toEqual([
      [cluster('Connect'), [on('europe', 'cluster', '').slice(0, -1)]],
      [cluster('DescribeTopic', 'DescribeTopicDynamicConfiguration'), [on('europe', 'topic', '*')]],
      [cluster('Connect', 'WriteDataIdempotently'), [on('america', 'cluster', '').slice(0, -1)]],
      [write, [on('america', 'topic', '*')]],
      [cluster('ReadData'), [on('america', 'topic', '*internal')]],
      [cluster('DescribeTransactionalId', 'AlterTransactionalId'), [on('america', 'transactional-id', 'flow-*')]],
    ])
    const topics = permissions(expansion, 'FlowDashsyncDashtopicsRole').flatMap(([actions]) => actions)
    expect(topics).not.toContainEqual(expect.stringMatching(/^kafka-cluster:(WriteData|ReadData|Delete|AlterCluster)/))
  })

  test('of many topics, in as many policies as IAM takes: each topic and each group is in one of them', () => {
    const topics = Array.from({ length: 250 }, (_, index) => `topic-${index}`)
    const { resources } = expansionOf({ flow: dump({ source: { topics } }) })
    for (const key of ['Flow', 'FlowDashcheck']) {
      const role = resources[`${key}Role`]?.Properties as {
        ManagedPolicyArns: { Ref: string }[]
        Policies: { PolicyDocument: { Statement: Statement[] } }[]
      }
      const attached = role.ManagedPolicyArns.map(
        ({ Ref }) => resources[Ref]?.Properties.PolicyDocument as { Statement: Statement[] },
      )
      const inline = role.Policies.map(({ PolicyDocument }) => PolicyDocument)
      expect(attached.length).toBeGreaterThan(3)
      expect(attached.length).toBeLessThanOrEqual(10)
      for (const policy of attached) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6_144)
      expect(JSON.stringify(inline).length).toBeLessThanOrEqual(10_240)
      const allowed = [...inline, ...attached].flatMap(({ Statement }) => Statement.flatMap(({ Resource }) => Resource))
      const wanted = topics.flatMap(topic => [msk('topic', topic), msk('group', `lake-dev-flow-${topic}`)])
      expect(allowed.filter(resource => /:(topic|group)\//.test(String(resource))).toSorted()).toEqual(
        wanted.toSorted(),
      )
    }
  })

  test('an access point has its objects below /object/', () => {
    const bucket = 'arn:aws:s3:eu-central-1:123456789012:accesspoint/lake'
    const [, first] = permissions(expansionOf({ flow: dump({ to: { bucket, prefix: 'kafka' } }) }), 'FlowRole')
    expect(first).toEqual([['s3:PutObject', 's3:AbortMultipartUpload'], `${bucket}/object/kafka/*`])
  })
})

describe('what looks after a connector', () => {
  const resolved = (environment: object = {}) =>
    Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, typeof value === 'string' ? value : 'resolved']),
    )

  test('checks it from its network, as what it reads and writes', () => {
    const source = { ...self, vpc, topics: ['orders', 'payments'], consumerGroup: 'lake' }
    const { functions } = expansionOf({ flow: dump({ source, to: { prefix: 'kafka' } }) })
    const { environment, vpc: network, handler, events } = functions['flow-check'] ?? {}
    expect([handler, events]).toEqual(['functions/check.handler', []])
    expect(network).toEqual({ subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups })
    const settings = readConnectorSettings(resolved(environment))
    expect(settings).toMatchObject({
      type: 'dump',
      topics: ['orders', 'payments'],
      source: { brokers: self.bootstrapServers },
    })
    expect(settings.groupOf('orders')).toBe('lake-orders')
  })

  test('looks up the brokers of MSK when they are not declared', () => {
    const { functions } = expansionOf({ flow: dump({}) })
    expect(readConnectorSettings(resolved(functions['flow-check']?.environment))).toMatchObject({ mskCluster: MSK })
  })

  test('may write and delete an object of its own, list the prefix, and send a record', () => {
    const expansion = expansionOf({ flow: dump({ to: { prefix: 'kafka' } }) })
    expect(permissions(expansion, 'FlowDashcheckRole')).toEqual([
      [['s3:PutObject'], bucket('/kafka/.check/*')],
      [['s3:GetObject', 's3:DeleteObject'], [bucket('/kafka/.check/*')]],
      [['s3:ListBucket'], bucket('')],
      [['kafka:GetBootstrapBrokers'], [MSK]],
      [['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], [MSK]],
      [
        ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData', 'WriteData'].map(
          action => `kafka-cluster:${action}`,
        ),
        [msk('topic', 'orders')],
      ],
      [['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [msk('group', 'lake-dev-flow-orders')]],
    ])
  })

  test('reconciles the mappings of a pattern: the same as the template’s, of its own function only', () => {
    const source = { ...self, vpc, topics: undefined, pattern: 'shop\\..*', startFrom: '2026-01-31T00:00:00Z' }
    const expansion = expansionOf({ flow: dump({ source, batch: { size: 500, windowSeconds: 5 } }) })
    expect(mappings(expansion)).toEqual({})
    const { environment, events, timeout } = expansion.functions['flow-reconcile'] ?? {}
    expect(events).toEqual([{ schedule: { rate: ['cron(0/5 * * * ? *)'], enabled: true } }])
    // Hundreds of topics, at Lambda's few requests a second, and an end before the next run begins.
    expect(timeout).toBe(240)
    const settings = readReconcileSettings(resolved(environment))
    expect(settings).toMatchObject({ functionName: 'lake-dev-flow', pattern: /^(?:shop\..*)$/ })
    expect(settings.blueprint).toEqual({
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: self.bootstrapServers } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'lake-dev-flow-{topic}' },
      SourceAccessConfigurations: [
        { Type: 'SASL_SCRAM_512_AUTH', URI: SECRET },
        { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
        { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
      ],
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: new Date('2026-01-31T00:00:00Z'),
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 5,
      Enabled: true,
      Tags: { connector: 'flow', service: 'lake-dev' },
    })
    const sub = (resource: string) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
    })
    const [, , , change, ...others] = statements(expansion, 'FlowDashreconcileRole')
    expect(change).toEqual({
      Effect: 'Allow',
      Action: ['lambda:CreateEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      Resource: '*',
      Condition: { ArnLike: { 'lambda:FunctionArn': sub('function:lake-dev-flow') } },
    })
    expect(others.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [['lambda:ListEventSourceMappings'], ['*']],
      [['lambda:ListTags', 'lambda:TagResource', 'lambda:UntagResource'], [sub('event-source-mapping:*')]],
      [['lambda:ListTags', 'lambda:TagResource'], [sub('function:lake-dev-flow-reconcile')]],
    ])
  })

  test('reconciles the mappings of a connector that is disabled, too: it is what disables them', () => {
    const source = { topics: undefined, pattern: '.*' }
    const { functions } = expansionOf({ flow: dump({ source, enabled: false }) })
    expect(functions['flow-reconcile']?.events).toMatchObject([{ schedule: { enabled: true } }])
  })

  // Ten connectors that began at the same moment shared the 15 requests a second that Lambda accepts, and most failed.
  test('reconciles at minutes of its own, which stay the same', () => {
    const source = { topics: undefined, pattern: '.*' }
    const names = Array.from({ length: 50 }, (_, index) => `flow-${index}`)
    const declared = names.map(name => [name, dump({ source, to: { prefix: name } })])
    const { functions } = expansionOf(Object.fromEntries(declared))
    const schedules = names.map(name => JSON.stringify(functions[`${name}-reconcile`]?.events))
    const counts = [...Map.groupBy(schedules, schedule => schedule).values()].map(({ length }) => length)
    expect(counts.length).toBe(5)
    expect(Math.max(...counts)).toBeLessThan(20)
    const [alone] = Object.values(expansionOf({ 'flow-7': dump({ source }) }).functions).filter(({ handler }) =>
      /reconcile/.test(handler),
    )
    expect(JSON.stringify(alone?.events)).toBe(schedules[7])
  })

  test('what only CloudFormation knows is put into a mapping’s text by it', () => {
    const source = { topics: undefined, pattern: '.*', auth: { scram512: { Ref: 'Secret' } } }
    const { functions } = expansionOf({ flow: dump({ source }) })
    const text = functions['flow-reconcile']?.environment.MAPPING as { 'Fn::Join': [string, unknown[]] }
    const parts = text['Fn::Join'][1].map(part => (typeof part === 'string' ? part : 'arn:of:secret'))
    expect(JSON.parse(parts.join(''))).toMatchObject({
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn:of:secret' }],
    })
  })
})

describe('a function', () => {
  test('has a name that AWS takes, however long the connector’s is, and everything speaks of it by that', () => {
    const name = 'x'.repeat(64)
    const source = { topics: undefined, pattern: '.*' }
    const expansion = expansionOf({
      [name]: dump({ source }),
      [`${name.slice(1)}y`]: dump({ source, to: { prefix: 'y' } }),
    })
    const names = Object.values(expansion.functions).map(({ name }) => name)
    expect(new Set(names).size).toBe(6)
    for (const name of names) expect(name).toMatch(/^lake-dev-x+-[0-9a-f]{8}$/)
    for (const name of names) expect(name).toHaveLength(64)
    const called = expansion.functions[name]?.name
    expect(expansion.functions[`${name}-reconcile`]?.environment.MAPPED_FUNCTION).toBe(called)
    const [errors] = Object.values(expansion.resources).filter(({ Properties }) => Properties.MetricName === 'Errors')
    expect(errors?.Properties.Dimensions).toEqual([{ Name: 'FunctionName', Value: called }])
    expect(JSON.stringify(expansion.resources.ConnectorsDashboard)).toContain(called)
  })

  test('of a dump starts with the environment that its declaration makes', () => {
    const to = { prefix: 'kafka', compression: 'zstd', includeHeaders: true, offsetPadWidth: 12 }
    const { functions } = expansionOf({ flow: dump({ to, failurePolicy: 'fail', concurrency: {} }) })
    expect(functions.flow).toMatchObject({
      handler: 'functions/dump.handler',
      name: 'lake-dev-flow',
      role: { 'Fn::Sub': `\${FlowRole.Arn}` },
    })
    expect(readDumpSettings(functions.flow?.environment as Record<string, string>)).toMatchObject({
      store: { bucket: 'my-lake' },
      format: { compression: 'zstd', includeHeaders: true },
      keys: { prefix: 'kafka', padWidth: 12 },
      failure: { policy: 'fail', partialBatchResponses: true, connector: 'flow' },
      source: undefined,
    })
  })

  test('of a replication and what keeps its target in step start, too, and are there only when asked for', () => {
    const source = { topics: ['shop.orders', 'payments'] }
    const declared = replicate({
      source,
      syncOffsets: { syncConsumerOffsets: true, groups: ['a', 'b'] },
      syncTopics: {},
    })
    const { functions } = expansionOf({ flow: declared })
    const environment = (key: string) => {
      const resolved = Object.entries(functions[key]?.environment ?? {})
      return Object.fromEntries(resolved.map(([name, value]) => [name, typeof value === 'string' ? value : 'resolved']))
    }
    expect(readReplicateSettings(environment('flow'))).toMatchObject({
      replication: { sourceAlias: 'europe', targetAlias: 'america' },
      source: { brokers: ['europe:9096'], securityProtocol: 'SASL_SSL', sasl: { mechanism: 'SCRAM-SHA-512' } },
      target: { brokers: ['america:9096'] },
    })
    const { groups } = readSyncOffsetsSettings(environment('flow-sync-offsets'))
    expect(groups).toEqual({
      patterns: { include: ['a', 'b'], exclude: expect.anything() },
      // Its own group was copied to the target.
      ownGroup: expect.stringContaining('{topic}'),
      syncConsumerOffsets: true,
    })
    const { topics } = readSyncTopicsSettings(environment('flow-sync-topics')).topics
    expect(['shop.orders', 'shopXorders', 'payments'].filter(topic => topics.test(topic))).toEqual(source.topics)
    expect(Object.keys(expansionOf({ flow: replicate() }).functions)).toEqual(['flow', 'flow-check'])
  })

  test('of a traced service may send traces', () => {
    const statements = permissions(expansionOf({ flow: dump() }, { isTraced: true }), 'FlowRole')
    expect(statements[1]).toEqual([['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'])
  })

  test('of a service in a VPC may be there', () => {
    const to = { endpoint: 'https://s3.example.com', accessKeyId: 'id', secretAccessKey: 'secret' }
    const statements = permissions(expansionOf({ flow: dump({ source: self, to }) }, { hasVpc: true }), 'FlowRole')
    expect(statements[0]).toEqual([interfaces, '*'])
  })

  test('keeps its log as long as was declared, else as long as the service says', () => {
    const days = (declared: object) => expansionOf({ flow: dump({ ...declared }) }).functions.flow?.logRetentionInDays
    expect([days({}), days({ logRetentionDays: 365 })]).toEqual([14, 365])
  })

  test('is in the VPC only when it talks to the cluster itself', () => {
    const network = (more: object) =>
      expansionOf({ flow: dump({ source: { ...self, vpc }, ...more }) }).functions.flow?.vpc
    expect(network({})).toBeUndefined()
    expect(network({ deadLetter: 'failed' })).toEqual({ subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] })
  })
})

test('a bucket is made once for all that write into it, outlives the service, and expires what each asked for', () => {
  const to = { createBucket: true, bucket: 'my-lake' }
  const a = dump({ to: { ...to, prefix: 'a', retentionDays: 30 } })
  const b = dump({ to: { ...to, prefix: 'b' } })
  const { resources, functions } = expansionOf({ a, b })
  const [[id, bucket] = [], ...others] = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::S3::Bucket')
  expect(others).toEqual([])
  expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', Properties: { BucketName: 'my-lake' } })
  expect(Object.values(bucket?.Properties.PublicAccessBlockConfiguration as object)).toEqual(Array(4).fill(true))
  expect(bucket?.Properties.LifecycleConfiguration).toEqual({
    Rules: [
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
      { Id: 'retention-of-a', Status: 'Enabled', Prefix: 'a/', ExpirationInDays: 30 },
    ],
  })
  expect(functions.b?.environment.S3_BUCKET).toEqual({ Ref: id })
})

// It became "[object Object]/", which no object begins with.
test('the buckets that stay when the service is removed are known by name, where there is one', () => {
  const bucket = { createBucket: true, bucket: 'my-lake' }
  const declared = {
    ...{ a: dump({ to: { ...bucket, prefix: 'a' } }), b: dump({ to: { ...bucket, prefix: 'b' } }) },
    ...{ c: dump({ to: { createBucket: true, bucket: undefined } }), d: dump({ to: { bucket: 'other' } }) },
  }
  expect(madeBuckets(read(declared)).map(({ name }) => name)).toEqual(['my-lake', undefined])
})

test('objects of a prefix that only CloudFormation knows expire, too', () => {
  const to = { bucket: undefined, createBucket: true, prefix: { Ref: 'Folder' }, retentionDays: 7 }
  const { ConnectorsBucket } = expansionOf({ flow: dump({ to }) }).resources
  expect(ConnectorsBucket?.Properties.LifecycleConfiguration).toMatchObject({
    Rules: [{}, { Prefix: { 'Fn::Join': ['', [{ Ref: 'Folder' }, '/']] }, ExpirationInDays: 7 }],
  })
})

test('what one connector becomes depends on nothing else in the service', () => {
  const others = { b: dump({ source: { topics: ['a-b', 'a.b', 'a_b'] } }), c: replicate({ direction: 'both' }) }
  const alone = expansionOf(others)
  const beside = expansionOf({ a: dump({ to: { bucket: 'other' } }), ...others, d: dump({ enabled: false }) })
  const { ConnectorsDashboard: _, ...resources } = alone.resources
  expect(beside.resources).toMatchObject(resources)
  expect(beside.functions).toMatchObject(alone.functions)
  // Topics that differ in one character only have mappings of their own.
  expect(Object.keys(mappings(alone))).toEqual(expect.arrayContaining(['a-b', 'a.b', 'a_b']))
})

// CloudFormation's ids have no case, hyphens or underscores to tell names apart, and two equal ones are one resource.
test('law: two connectors whose names differ share no resource, function or group', () => {
  const part = fc.constantFrom('a', 'b', 'A', 'B', '-', '_', 'Dash', 'Underscore', '1')
  const name = fc
    .array(part, { minLength: 1, maxLength: 8 })
    .map(parts => parts.join(''))
    .filter(text => CONNECTOR_NAME.test(text))
  const made = (name: string) => {
    const expansion = expansionOf({ [name]: dump({ concurrency: {} }) })
    const { ConnectorsDashboard, ...resources } = expansion.resources
    const groups = Object.values(mappings(expansion)).map(({ AmazonManagedKafkaEventSourceConfig: config }) =>
      JSON.stringify(config),
    )
    const names = Object.entries(expansion.functions).flatMap(([key, definition]) => [
      logicalName(key),
      definition.name,
    ])
    return [...Object.keys(resources), ...names, ...groups]
  }
  fc.assert(
    fc.property(name, name, (first, second) => {
      fc.pre(first !== second)
      const others = new Set(made(second))
      expect(made(first).filter(one => others.has(one))).toEqual([])
    }),
    { numRuns: 500 },
  )
})

// A deployment would otherwise replace what it has, and read its topics anew.
test('a name of lower-case letters, digits and hyphens is the key of its function, and part of all names as it is', () => {
  const { functions, resources } = expansionOf({ 'orders-2': dump() })
  expect(Object.keys(functions)).toEqual(['orders-2', 'orders-2-check'])
  expect(Object.keys(resources)).toEqual(
    expect.arrayContaining([
      'OrdersDash2Role',
      'OrdersDash2DashcheckRole',
      'OrdersDash2ErrorsAlarm',
      'OrdersDash2Mappingorders1c168adb',
    ]),
  )
})

describe('what is watched', () => {
  const metricsOf = (declared: Record<string, unknown>) => {
    const alarms = Object.values(expansionOf({ flow: declared }).resources).filter(({ Type }) => /Alarm$/.test(Type))
    return alarms.map(({ Properties }) => [Properties.MetricName, Properties.Threshold, Properties.AlarmActions])
  }

  test('a connector has alarms for failures, throttling, lag and dead letters, and tells who wants to know', () => {
    const topic = 'arn:aws:sns:eu-central-1:123456789012:alarms'
    expect(metricsOf(dump({ alarms: { lag: 5000, notify: [topic] } }))).toEqual([
      ['Errors', 1, [topic]],
      ['Throttles', 1, [topic]],
      ['OffsetLag', 5000, [topic]],
      ['DeadLetters', 1, [topic]],
    ])
  })

  test('where pollers are provisioned, a cluster that can’t be read is noticed: of up to ten mappings in each alarm', () => {
    const topics = Array.from({ length: 12 }, (_, index) => `topic-${index}`)
    const { resources } = expansionOf({ flow: dump({ source: { topics }, concurrency: {} }) })
    const summed = ['FlowUnread1Alarm', 'FlowUnread2Alarm'].map(id => {
      const [sum, ...metrics] = (resources[id]?.Properties.Metrics ?? []) as Record<string, unknown>[]
      expect(sum).toMatchObject({ Expression: 'SUM(METRICS())', ReturnData: true })
      return metrics
    })
    expect(summed.map(metrics => metrics.length)).toEqual([10, 2])
    const ids = Object.keys(resources).filter(id => resources[id]?.Type === 'AWS::Lambda::EventSourceMapping')
    expect(summed.flat().map(({ MetricStat }) => MetricStat)).toEqual(
      ids.map(Ref => ({
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: 'PollingErrorCount',
          Dimensions: [{ Name: 'EventSourceMappingUUID', Value: { Ref } }],
        },
        Period: 60,
        Stat: 'Sum',
      })),
    )
  })

  test('under the policy fail it is a partition that stands which matters', () => {
    const names = metricsOf(dump({ failurePolicy: 'fail' })).map(([name]) => name)
    expect(names).toEqual(['Errors', 'Throttles', 'OffsetLag', 'PartitionsStopped'])
  })

  test('what keeps a target in step is watched, too', () => {
    const names = metricsOf(replicate({ syncOffsets: {}, syncTopics: {} })).map(([name]) => name)
    expect(names.filter(name => name === 'Errors')).toHaveLength(3)
  })

  test('the dashboard has a row for each connector, of metrics that there are', () => {
    const { resources } = expansionOf({
      a: dump(),
      b: replicate({ source: { topics: undefined, pattern: `[\${x}]` } }),
    })
    // Without the region, a service would replace its own dashboard of another region: they are the whole account's.
    expect(resources.ConnectorsDashboard?.Properties.DashboardName).toEqual({ 'Fn::Sub': `lake-dev-\${AWS::Region}` })
    const body = resources.ConnectorsDashboard?.Properties.DashboardBody as { 'Fn::Sub': string }
    const { widgets } = JSON.parse(body['Fn::Sub'].replaceAll(`\${AWS::Region}`, 'eu-central-1'))
    const titles = widgets.filter(({ type }: { type: string }) => type === 'text')
    expect(
      titles.map(({ y, properties }: { y: number; properties: { markdown: string } }) => [y, properties.markdown]),
    ).toEqual([
      [0, '### a: dump of orders'],
      [7, `### b: replicate of [\${!x}]`],
    ])
    const lines: string[][] = widgets.flatMap(
      ({ properties }: { properties: { metrics?: string[][] } }) => properties.metrics ?? [],
    )
    const own = lines.filter(([namespace]) => namespace === METRICS_NAMESPACE)
    for (const [, name = ''] of own) expect(Object.keys(metrics)).toContain(name)
    expect(own[0]?.slice(1, 6)).toEqual(['RecordsIn', 'service', 'lake-dev', 'connector', 'a'])
  })
})
