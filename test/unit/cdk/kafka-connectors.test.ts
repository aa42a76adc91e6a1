import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2'
import { AnyPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Tracing } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { CfnQueue, Queue } from 'aws-cdk-lib/aws-sqs'
import { App, type Environment, Stack, Tags } from 'aws-cdk-lib/core'
import { buildBundles } from '../../../lib/bundling.ts'
import { KafkaConnectors, type KafkaConnectorsProps } from '../../../lib/cdk/index.ts'

const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
const LOGIN = { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf' }
const SUBNET = 'subnet-0a1b2c3d4e5f60718'

const orders = {
  type: 'dump',
  source: { bootstrapServers: ['kafka-1.example.com:9092'], topics: ['orders'], auth: LOGIN },
  to: { bucket: 'my-company-lake', createBucket: true },
  alarms: { notify: ['arn:aws:sns:eu-central-1:123456789012:oncall'] },
  failurePolicy: 'fail',
}

const shop = {
  ...orders,
  source: { ...orders.source, topics: undefined, pattern: 'shop\\..*' },
  to: { bucket: 'shop-lake' },
}

const folder = mkdtempSync(join(tmpdir(), 'kafka-functions-cdk-'))

beforeAll(async () => {
  // Without the CDK's own check of templates, which takes seconds to load: test/deploy/cdk.test.ts has it.
  process.env.CDK_VALIDATION = 'false'
  await buildBundles(['dump', 'check', 'reconcile', 'settle-mappings'])
})

afterAll(() => rmSync(folder, { recursive: true }))

type Props = Partial<Omit<KafkaConnectorsProps, 'connectors' | 'file'>>

function newApp(): App {
  return new App({ outdir: mkdtempSync(join(folder, 'out-')) })
}

function stackOf(env?: Environment, app = newApp(), id = 'Shop'): Stack {
  return new Stack(app, id, { env })
}

function connect(stack: Stack, connectors: Record<string, object>, props: Props = {}, id = 'Connectors') {
  return new KafkaConnectors(stack, id, { service: 'shop', connectors, ...props })
}

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(folder, 'file-')), 'connectors.yml')
  writeFileSync(file, text)
  return file
}

describe('the declaration', () => {
  test('with mistakes throws one error with all of them', () => {
    const wrong = { orders: { ...orders, batch: { windowSeconds: 600 }, too: {} } }
    expect(() => connect(stackOf(), wrong)).toThrow(
      /orders\.batch\.windowSeconds: expected a whole number from 0 to 300, got 600\n.*orders\.too: unknown key; did you mean to\?/,
    )
  })

  test('is read from a file, with CloudFormation’s functions as they are', () => {
    const stack = stackOf()
    const queue = new CfnQueue(stack, 'Failed')
    const file = fileOf(`
      orders:
        type: dump
        source: { bootstrapServers: ['kafka-1.example.com:9092'], topics: [orders], auth: { scram512: !Ref Login } }
        to: { bucket: my-lake }
        concurrency: {}
        deadLetter: { sqs: !GetAtt Failed.Arn }
        alarms: { notify: [!Sub 'arn:aws:sns:\${AWS::Region}:\${AWS::AccountId}:oncall', !Ref Oncall] }
    `)
    new KafkaConnectors(stack, 'Connectors', { service: 'shop', file })
    const template = Template.fromStack(stack)
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [stack.getLogicalId(queue), 'Arn'] } } },
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ 'Fn::Sub': `arn:aws:sns:\${AWS::Region}:\${AWS::AccountId}:oncall` }, { Ref: 'Oncall' }],
    })
  })

  test('with variables of the Serverless Framework is refused, as nothing would resolve them', () => {
    const file = fileOf(`orders: { type: dump, to: { bucket: '\${env:BUCKET}' } }`)
    expect(() => new KafkaConnectors(stackOf(), 'Connectors', { service: 'shop', file })).toThrow(
      /\$\{env:BUCKET\}, which only the Serverless Framework resolves\. Write the value, or/,
    )
  })

  test('that may not be meant is a warning', () => {
    const stack = stackOf()
    connect(stack, { orders: { ...orders, alarms: undefined } })
    Annotations.fromStack(stack).hasWarning(
      '/Shop/Connectors',
      Match.stringLikeRegexp('connectors\\.orders\\.alarms\\.notify: nobody is told when an alarm goes off'),
    )
  })

  test('with a cluster of another account is refused where the account is known', () => {
    const msk = { ...orders, source: { msk: MSK, topics: ['orders'], auth: { iam: true } } }
    expect(() => connect(stackOf({ account: '999999999999' }), { orders: msk })).toThrow(
      /connectors\.orders\.source\.msk: the cluster is of the account 123456789012, and this deployment of 999999999999/,
    )
    expect(() => connect(stackOf(), { orders: msk })).not.toThrow()
  })
})

describe('tokens', () => {
  const declaredBy = (stack: Stack, network: Stack) => {
    const failed = new Queue(network, 'Failed')
    const oncall = new Topic(network, 'Oncall')
    return {
      orders: {
        ...orders,
        concurrency: {},
        to: { bucket: `lake-of-${stack.account}`, createBucket: true },
        deadLetter: { sqs: failed.queueArn },
        alarms: { notify: [oncall.topicArn] },
      },
    }
  }

  test('of other stacks and of the environment stand where a file may have CloudFormation’s functions', () => {
    const app = newApp()
    const network = stackOf(undefined, app, 'Network')
    const stack = stackOf(undefined, app)
    const connectors = connect(stack, declaredBy(stack, network))
    const template = Template.fromStack(stack)
    const bucketName = { 'Fn::Join': ['', ['lake-of-', { Ref: 'AWS::AccountId' }]] }
    template.hasResourceProperties('AWS::S3::Bucket', { BucketName: bucketName })
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      DestinationConfig: {
        OnFailure: {
          Destination: { 'Fn::ImportValue': Match.stringLikeRegexp('^Network:ExportsOutputFnGetAttFailed') },
        },
      },
    })
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ 'Fn::ImportValue': Match.stringLikeRegexp('^Network:ExportsOutputRefOncall') }],
    })
    expect(stack.dependencies).toContain(network)
    expect(Object.keys(connectors.buckets)).toEqual(['orders'])
  })

  // A token's own text contains a number, which depends on how many there were before.
  test('leave logical ids as they are, whatever else the app has', () => {
    const idsAfter = (others: number) => {
      const app = newApp()
      const stack = stackOf(undefined, app)
      for (let index = 0; index < others; index++) new Queue(new Stack(app, `Other${index}`), 'Queue').queueArn
      const network = stackOf(undefined, app, 'Network')
      connect(stack, declaredBy(stack, network))
      return Object.keys(Template.fromStack(stack).toJSON().Resources)
    }
    expect(idsAfter(5)).toEqual(idsAfter(0))
  })

  test('are refused where a value has to be known, with the token’s place', () => {
    const stack = stackOf()
    const queue = new Queue(stack, 'Failed')
    const wrong = { orders: { ...orders, source: { ...orders.source, topics: [queue.queueName] } } }
    expect(() => connect(stack, wrong)).toThrow(/orders\.source\.topics: expected .*, got .*Shop\/Failed.* in it/)
    expect(() => connect(stack, { orders }, { service: stack.stackId }, 'Other')).toThrow(/expected texts, got tokens/)
  })

  test('for an MSK cluster give permissions on its topics and groups', () => {
    const stack = stackOf()
    const msk = { Ref: 'Cluster' }
    connect(stack, { orders: { ...orders, source: { msk, topics: ['orders'], auth: { iam: true } } } })
    const topic = { 'Fn::Join': ['', [{ 'Fn::Join': [':topic/', { 'Fn::Split': [':cluster/', msk] }] }, '/orders']] }
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({
                Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
                Resource: [topic],
              }),
            ]),
          },
        },
      ],
    })
  })
})

describe('in an app', () => {
  test('several with names of their own share a stack', () => {
    const stack = stackOf()
    connect(stack, { orders })
    connect(
      stack,
      { orders: { ...orders, to: { bucket: 'second-lake', createBucket: true } } },
      { service: 'second' },
      'Second',
    )
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 2)
  })

  test('two with the same names are refused where they would meet', () => {
    const meet =
      /The connectors of Shop\/Connectors and \S+ have the same names of functions, which begin with shop-dev/
    const stack = stackOf()
    connect(stack, { orders })
    expect(() => connect(stack, { orders }, {}, 'Second')).toThrow(meet)

    const env = { account: '123456789012', region: 'eu-central-1' }
    const known = stackOf(env)
    connect(known, { orders })
    const app = known.node.root as App
    expect(() => connect(stackOf(env, app, 'Again'), { orders })).toThrow(meet)
    expect(() => connect(stackOf({ ...env, region: 'us-east-1' }, app, 'America'), { orders })).not.toThrow()
    // Neither says where it is deployed.
    expect(() => connect(stackOf(undefined, stack.node.root as App, 'Elsewhere'), { orders })).not.toThrow()
  })

  test('tags reach functions, mappings and buckets', () => {
    const stack = stackOf()
    connect(stack, { orders })
    Tags.of(stack).add('team', 'lake')
    const template = Template.fromStack(stack)
    for (const type of [
      'AWS::Lambda::Function',
      'AWS::Lambda::EventSourceMapping',
      'AWS::S3::Bucket',
      'AWS::IAM::Role',
    ]) {
      template.allResourcesProperties(type, { Tags: Match.arrayWith([{ Key: 'team', Value: 'lake' }]) })
    }
  })

  test('functions and buckets can be granted to others', () => {
    const stack = stackOf()
    const { functions, buckets } = connect(stack, { Orders: { ...orders, to: { bucket: 'my-lake' } }, shop })
    expect(Object.keys(functions)).toEqual(['Orders', 'Orders-check', 'shop', 'shop-check', 'shop-reconcile'])
    const analyst = new Role(stack, 'Analyst', { assumedBy: new AnyPrincipal() })
    buckets.Orders?.grantRead(analyst)
    functions['shop-check']?.grantInvoke(analyst)
    const failed = new Queue(stack, 'Failed')
    if (functions.shop) failed.grantSendMessages(functions.shop)
    const template = Template.fromStack(stack)
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: Match.arrayWith(['s3:GetObject*']) }),
          Match.objectLike({ Action: 'lambda:InvokeFunction' }),
        ],
      },
    })
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Action: Match.arrayWith(['sqs:SendMessage']) })] },
      Roles: [Match.anyValue()],
    })
  })

  test('tracing, network, logs and variables of the service are those of the functions', () => {
    const stack = stackOf()
    const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-0a1b2c3d',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: [SUBNET],
    })
    const securityGroups = [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')]
    const props = { tracing: Tracing.ACTIVE, vpc, securityGroups, logRetention: RetentionDays.ONE_YEAR }
    connect(stack, { orders }, { ...props, environment: { HTTPS_PROXY: 'http://proxy:3128' } })
    const template = Template.fromStack(stack)
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'shop-dev-orders',
      TracingConfig: { Mode: 'Active' },
      VpcConfig: { SubnetIds: [SUBNET], SecurityGroupIds: ['sg-0123456789abcdef0'] },
      Environment: { Variables: Match.objectLike({ HTTPS_PROXY: 'http://proxy:3128', S3_BUCKET: Match.anyValue() }) },
    })
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/lambda/shop-dev-orders',
      RetentionInDays: 365,
    })
    template.hasResourceProperties('AWS::IAM::Role', {
      Policies: [
        {
          PolicyDocument: {
            Statement: Match.arrayWith([
              Match.objectLike({ Action: Match.arrayWith(['ec2:CreateNetworkInterface']) }),
              Match.objectLike({ Action: Match.arrayWith(['xray:PutTraceSegments']) }),
            ]),
          },
        },
      ],
    })
  })
})

describe('mappings that are not part of the template', () => {
  const settled = (connectors: Record<string, object>) => {
    const stack = stackOf()
    connect(stack, connectors, { keepLogicalIds: true })
    const template = Template.fromStack(stack)
    const found = Object.entries(template.findResources('Custom::KafkaConnectorMappings'))
    return { template, found: found.map(([id, { Properties, DependsOn }]) => ({ id, Properties, DependsOn })) }
  }

  test('of a pattern are made as soon as its functions exist', () => {
    const { found } = settled({ shop })
    expect(found).toMatchObject([
      {
        Properties: {
          service: 'shop-dev',
          functionName: 'shop-dev-shop',
          reconcile: 'shop-dev-shop-reconcile',
          reads: 'pattern',
          ServiceTimeout: '1020',
        },
        DependsOn: ['ShopDashreconcileLambdaFunction', 'ShopLambdaFunction'],
      },
    ])
  })

  test('of a pattern are made again when anything changes that they are made of, and only then', () => {
    const declaredOf = (connectors: Record<string, object>) => settled(connectors).found[0]?.Properties.declared
    const declared = declaredOf({ shop })
    expect(declared).toMatch(/^[0-9a-f]{16}$/)
    expect(declaredOf({ shop: { ...shop, to: { ...shop.to } }, orders })).toBe(declared)
    expect(declaredOf({ shop: { ...shop, enabled: false } })).not.toBe(declared)
    expect(declaredOf({ shop: { ...shop, batch: { size: 5 } } })).not.toBe(declared)
  })

  test('are deleted before a connector that now names its topics gets its own', () => {
    const { template, found } = settled({ orders })
    expect(found).toMatchObject([{ Properties: { functionName: 'shop-dev-orders', reads: 'topics' } }])
    const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'))
    expect(mapping?.DependsOn).toEqual([found[0]?.id])
  })
})
