import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type EventSourceMappingConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda'
import { parse } from 'yaml'
import { createEventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { madeTags } from '../../lib/lambda/mapping-tag.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { pythonTools } from '../support/python-tools.ts'
import { createServiceFolder, type ServiceFolder } from '../support/service-folder.ts'

/**
 * All examples as one service, deployed to moto. It knows no CloudWatch alarms in a stack, and deletes buckets that are to be
 * retained; templates are asserted on in the other tests.
 */
const SERVICE = 'kafka-connectors-dev'
const examples = join(import.meta.dirname, '../../examples')
const declared = Object.assign(
  {},
  ...readdirSync(examples).map(file => parse(readFileSync(join(examples, file), 'utf8'))),
)
const PATIENCE_MS = 240_000

let moto: Moto
let service: ServiceFolder
let lambda: LambdaClient

beforeAll(async () => {
  moto = await startMoto()
  service = await createServiceFolder()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  lambda = new LambdaClient({ endpoint: moto.endpoint, region: 'eu-central-1', credentials })
}, PATIENCE_MS)

afterAll(async () => {
  lambda?.destroy()
  await Promise.all([moto?.stop(), service?.remove()])
})

async function serverless(command: string, connectors: object): Promise<string> {
  const file = join(service.path, 'declared.json')
  await writeFile(file, JSON.stringify(connectors))
  return service.serverless([command, '--config', 'serverless.connectors.yml'], {
    ...moto.environment,
    CONNECTORS: file,
  })
}

type Mappings = Record<string, EventSourceMappingConfiguration>

/** All mappings, by connector and topic. */
async function mappings(): Promise<Mappings> {
  const found: Mappings = {}
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {})) {
    for (const mapping of EventSourceMappings) {
      const connector = mapping.FunctionArn?.split(`:${SERVICE}-`).at(1)
      found[`${connector} ${mapping.Topics}`] = mapping
    }
  }
  return found
}

/** A mapping as reconcile makes it: functions don't run in moto. */
async function makeMapping(connector: string, topic: string) {
  const blueprint = { EventSourceArn: declared['orders-to-lake'].source.msk, Tags: { service: SERVICE } }
  const made = { ...blueprint, Tags: madeTags(blueprint) }
  await createEventSourceMappings(lambda).create(`${SERVICE}-${connector}`, topic, made)
}

/** Names of what is in the account, by kind. */
async function inventory(): Promise<Record<string, string[]>> {
  const kinds = {
    functions: ['lambda', 'list_functions()["Functions"]', 'FunctionName'],
    mappings: ['lambda', 'list_event_source_mappings()["EventSourceMappings"]', 'UUID'],
    roles: ['iam', 'list_roles()["Roles"]', 'RoleName'],
    buckets: ['s3', 'list_buckets()["Buckets"]', 'Name'],
    logs: ['logs', 'describe_log_groups()["logGroups"]', 'logGroupName'],
    schedules: ['events', 'list_rules()["Rules"]', 'Name'],
    dashboards: ['cloudwatch', 'list_dashboards()["DashboardEntries"]', 'DashboardName'],
    stacks: ['cloudformation', 'describe_stacks()["Stacks"]', 'StackName'],
  }
  const names = Object.entries(kinds).map(
    ([kind, [client, list, name]]) => `"${kind}": sorted(x["${name}"] for x in boto3.client("${client}").${list})`,
  )
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const environment = { ...moto.environment, AWS_DEFAULT_REGION: moto.environment.AWS_REGION }
  const program = `import boto3, json; print(json.dumps({${names.join(', ')}}))`
  const { stdout } = await promisify(execFile)(python, ['-c', program], { env: environment })
  return JSON.parse(stdout)
}

const nothing = {
  functions: [],
  mappings: [],
  roles: [],
  buckets: [],
  logs: [],
  schedules: [],
  dashboards: [],
  stacks: [],
}

test(
  'a declaration that is wrong touches nothing',
  async () => {
    const wrong = { ...declared, 'orders-to-lake': { ...declared['orders-to-lake'], batch: { windowSeconds: 600 } } }
    await expect(serverless('deploy', wrong)).rejects.toMatchObject({
      stdout: expect.stringContaining(
        'orders-to-lake.batch.windowSeconds: expected a whole number from 0 to 300, got 600',
      ),
    })
    await expect(inventory()).resolves.toEqual(nothing)
  },
  PATIENCE_MS,
)

describe('a deployment', () => {
  let deployed: Mappings

  beforeAll(async () => {
    await serverless('deploy', declared)
    deployed = await mappings()
  }, PATIENCE_MS)

  test('makes a mapping of each topic, as declared', () => {
    expect(Object.keys(deployed).toSorted()).toEqual([
      'atlantic-pull orders',
      'atlantic-pull payments',
      'atlantic-push orders',
      'atlantic-push payments',
      'clicks-to-lake clicks',
      'orders-to-lake orders',
      'orders-to-lake payments',
      'payments-to-store payments',
      'vault orders',
      'vault payments',
    ])
    expect(deployed['payments-to-store payments']).toMatchObject({
      State: 'Enabled',
      StartingPosition: 'LATEST',
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 5,
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'connect-cluster-payments' },
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'kafka://connect-failed-payments' } },
    })
    expect(deployed['orders-to-lake orders']).toMatchObject({
      EventSourceArn: declared['orders-to-lake'].source.msk,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `${SERVICE}-orders-to-lake-orders` },
    })
    expect(deployed['atlantic-pull orders']).toMatchObject({
      // As the template has it: moto doesn't turn it into the API's own spelling.
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['kafka-1.america.example.com:9096'] } },
      MaximumRetryAttempts: -1,
    })
  })

  test('gives each function a role, a log and, where it runs by itself, a schedule', async () => {
    const { functions = [], roles = [], logs, schedules = [], dashboards } = await inventory()
    expect(roles).toHaveLength(functions.length)
    expect(logs).toEqual(functions.map(name => `/aws/lambda/${name}`))
    const scheduled = functions.filter(name => /-(sync-offsets|sync-topics|reconcile|compact)$/.test(name))
    // Topics and groups have a schedule each.
    const recording = functions.filter(name => name.endsWith('-record-cluster'))
    expect(schedules).toHaveLength(scheduled.length + 2 * recording.length)
    expect(dashboards).toEqual([`${SERVICE}-${moto.environment.AWS_REGION}`])
  })

  test(
    'of a changed declaration changes what it says, and leaves the other mappings what they are',
    async () => {
      const { 'orders-to-lake': _, 'payments-to-store': payments, ...others } = declared
      await serverless('deploy', {
        'payments-to-store': { ...payments, enabled: false, batch: { size: 77 } },
        ...others,
      })
      const { 'payments-to-store payments': changed, ...unchanged } = await mappings()
      const before = Object.fromEntries(Object.keys(unchanged).map(name => [name, deployed[name]]))
      expect(unchanged).toEqual(before)
      expect(Object.keys(unchanged)).toHaveLength(7)
      expect(changed).toMatchObject({
        UUID: deployed['payments-to-store payments']?.UUID,
        State: 'Disabled',
        BatchSize: 77,
      })
    },
    PATIENCE_MS,
  )

  test(
    'is removed without a trace',
    async () => {
      // Of a connector that names its topics now, as a deployment leaves it that failed halfway.
      await makeMapping('atlantic-pull', 'carts')
      await serverless('remove', declared)
      await expect(inventory()).resolves.toEqual(nothing)
    },
    PATIENCE_MS,
  )
})

// Lambda has one mapping for a function and a topic: the stack failed, and mappings of other topics stayed for ever.
test(
  'a connector whose pattern became topics has the template’s mappings in place of those that its pattern had',
  async () => {
    const { topics, ...source } = declared['orders-to-lake'].source
    const lake = (more: object) => ({ shop: { ...declared['orders-to-lake'], source: { ...source, ...more } } })
    await serverless('deploy', lake({ pattern: '.*' }))
    for (const topic of ['orders', 'carts']) await makeMapping('shop', topic)
    const made = await mappings()
    await serverless('deploy', lake({ topics: ['orders'] }))
    const { 'shop orders': orders, ...others } = await mappings()
    expect(others).toEqual({})
    expect(orders).toMatchObject({ State: 'Enabled', BatchSize: declared['orders-to-lake'].batch?.size ?? 10_000 })
    expect(orders?.UUID).not.toBe(made['shop orders']?.UUID)
  },
  PATIENCE_MS,
)
