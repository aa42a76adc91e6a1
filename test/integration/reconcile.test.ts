import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type EventSourceMappingConfiguration, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createEventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { heldTags } from '../../lib/lambda/mapping-tag.ts'
import type { Reconciliation } from '../../lib/operate/reconcile-step.ts'
import { createTopics } from '../../local/topics.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, type Outcome } from '../support/function-process.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { createFunction, lambdaOf } from '../support/moto-function.ts'
import { stack, uniqueName } from '../support/stack.ts'

const file = new URL('../../functions/reconcile.ts', import.meta.url).pathname
const { plaintext } = stack.connections

let moto: Moto

beforeAll(async () => {
  moto = await startMoto()
})

afterAll(() => moto?.stop())

/** A connector with a pattern for topics that no other test has. */
async function patternConnector() {
  const name = uniqueName('shop')
  await createFunction(moto, name)
  const create = (...topics: string[]) =>
    createTopics(plaintext, Object.fromEntries(topics.map(topic => [`${name}.${topic}`, 1])))
  const environment = {
    ...moto.environment,
    ...clusterEnvironment('SOURCE', plaintext),
    CONNECTOR_NAME: name,
    CONNECTOR_TYPE: 'dump',
    S3_BUCKET: 'lake',
    SOURCE_PATTERN: `${name}\\..*`,
    CONSUMER_GROUP: 'lake-{topic}',
    DEAD_LETTER_TOPIC: `${name}.failed`,
    MAPPED_FUNCTION: name,
  }
  return { name, create, environment }
}

const blueprint = {
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['kafka-1:9096'] } },
  SelfManagedKafkaEventSourceConfig: {},
  SourceAccessConfigurations: [{ Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' }],
  StartingPosition: 'AT_TIMESTAMP',
  StartingPositionTimestamp: 1_769_817_600,
  BatchSize: 500,
  Enabled: true,
  Tags: { connector: 'shop' },
}

async function invoke(environment: Record<string, string>, mapping: object): Promise<Outcome> {
  const function_ = new FunctionProcess(file, { ...environment, MAPPING: JSON.stringify(mapping) })
  const outcome = await function_.invoke({})
  await function_.stop()
  return outcome
}

/** Runs the function once and gives what it changed, without the connector's name before each topic. */
async function reconcile(environment: Record<string, string>, mapping: object = blueprint) {
  const { response, error } = await invoke(environment, mapping)
  expect(error).toBeUndefined()
  const changed = Object.entries(response as Reconciliation).filter(([, topics]) => topics.length > 0)
  const short = (topic: string) => topic.slice(environment.CONNECTOR_NAME?.length).slice(1)
  return Object.fromEntries(changed.map(([what, topics]) => [what, topics.map(short)]))
}

/** Lambda's API, which refuses the requests with one method whose body contains a word. */
async function refusing(refused: string, type: string, word = '') {
  const server = createServer(async (incoming, response) => {
    const { method, url, headers } = incoming
    const body = method === 'POST' || method === 'PUT' ? await text(incoming) : undefined
    if (method === refused && body?.includes(word)) {
      response.writeHead(400, { 'x-amzn-errortype': type }).end('{"message":"refused"}')
      return
    }
    const authorization = headers.authorization ?? ''
    const answer = await fetch(`${moto.endpoint}${url}`, { method, headers: { authorization }, body })
    response.writeHead(answer.status, { 'x-amzn-errortype': answer.headers.get('x-amzn-errortype') ?? '' })
    response.end(await answer.text())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { environment: { AWS_ENDPOINT_URL_LAMBDA }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

async function mappingsOf(name: string): Promise<EventSourceMappingConfiguration[]> {
  const { EventSourceMappings = [] } = await lambdaOf(moto).send(
    new ListEventSourceMappingsCommand({ FunctionName: name }),
  )
  return EventSourceMappings
}

const { deleteTopic } = createAdmin(plaintext, 'test')

test('each topic that matches gets a mapping as declared, once; internal ones and dead letters never do', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders', 'payments', 'failed', 'offsets-internal')
  expect(await reconcile(environment)).toEqual({ created: ['orders', 'payments'] })
  expect(await reconcile(environment)).toEqual({})
  const found = await mappingsOf(name)
  expect(found.map(({ Topics }) => Topics).toSorted()).toEqual([[`${name}.orders`], [`${name}.payments`]])
  const { Tags, SelfManagedKafkaEventSourceConfig, Enabled, StartingPositionTimestamp, ...same } = blueprint
  expect(found[0]).toMatchObject({
    ...same,
    State: 'Enabled',
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: `lake-${found[0]?.Topics}` },
  })
  expect(await createEventSourceMappings(lambdaOf(moto)).tags(found[0]?.EventSourceMappingArn ?? '')).toMatchObject(
    Tags,
  )
  await create('refunds')
  expect(await reconcile(environment)).toEqual({ created: ['refunds'] })
})

test('a mapping whose topic is gone is disabled, and enabled again when the topic is back', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  await reconcile(environment)
  await deleteTopic(`${name}.orders`)
  expect(await reconcile(environment)).toEqual({ disabled: ['orders'] })
  expect(await reconcile(environment)).toEqual({})
  await create('orders')
  expect(await reconcile(environment)).toEqual({ enabled: ['orders'] })
  expect(await reconcile(environment)).toEqual({})
})

test('what somebody paused stays so, and a new topic waits with the others', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  await reconcile(environment)
  const mappings = createEventSourceMappings(lambdaOf(moto))
  const [orders] = await mappings.list(name)
  await mappings.update(orders?.uuid ?? '', { Enabled: false })
  await create('payments')
  expect(await reconcile(environment)).toEqual({ created: ['payments'] })
  expect((await mappingsOf(name)).map(({ State }) => State)).toEqual(['Disabled', 'Disabled'])
})

test('all mappings get what is declared anew, once, and follow whether the connector is enabled', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders', 'payments')
  await reconcile(environment)
  const changed = { ...blueprint, BatchSize: 900 }
  expect(await reconcile(environment, changed)).toEqual({ updated: ['orders', 'payments'] })
  expect(await reconcile(environment, changed)).toEqual({})
  expect((await mappingsOf(name)).map(({ BatchSize }) => BatchSize)).toEqual([900, 900])
  expect(await reconcile(environment, { ...blueprint, Enabled: false })).toEqual({ disabled: ['orders', 'payments'] })
  expect(await reconcile(environment)).toEqual({ enabled: ['orders', 'payments'] })
  expect(await reconcile(environment)).toEqual({})
  expect((await mappingsOf(name)).map(({ State, BatchSize }) => [State, BatchSize])).toEqual([
    ['Enabled', 500],
    ['Enabled', 500],
  ])
})

// Lambda keeps what a request leaves out, so removing a key from the declaration had no effect.
test('what is declared no more is taken from the mappings, provisioned pollers in a run of their own', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  const declared = {
    ...blueprint,
    FilterCriteria: { Filters: [{ Pattern: '{"value":{"type":["order"]}}' }] },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4 },
    MaximumRetryAttempts: 3,
    DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } },
    Tags: { ...blueprint.Tags, team: 'lake' },
  }
  await reconcile(environment, declared)
  const [made] = await mappingsOf(name)
  expect(made).toMatchObject({ MaximumRetryAttempts: 3, ProvisionedPollerConfig: { MaximumPollers: 4 } })
  const mappings = createEventSourceMappings(lambdaOf(moto))
  const arn = made?.EventSourceMappingArn ?? ''
  await mappings.tag(arn, { owner: 'somebody else' })
  expect(await reconcile(environment)).toEqual({ updated: ['orders'] })
  expect((await mappingsOf(name))[0]).toMatchObject({
    FilterCriteria: {},
    MaximumRetryAttempts: -1,
    DestinationConfig: { OnFailure: { Destination: '' } },
    ProvisionedPollerConfig: { MaximumPollers: 4 },
  })
  expect(await reconcile(environment)).toEqual({ updated: ['orders'] })
  expect((await mappingsOf(name))[0]).toMatchObject({ ProvisionedPollerConfig: {} })
  expect(await reconcile(environment)).toEqual({})
  const { 'kafka-functions:settings': settings, ...tags } = await mappings.tags(arn)
  expect(tags).toEqual({ ...blueprint.Tags, owner: 'somebody else' })
})

// An update was sent after a deployment only, and never again.
test('an update that failed, or whose topic was gone, is made up for by a later run', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders', 'payments')
  await reconcile(environment)
  await deleteTopic(`${name}.payments`)
  await using refused = await refusing('PUT', 'InvalidParameterValueException', 'BatchSize')
  const failed = await invoke({ ...environment, ...refused.environment }, { ...blueprint, BatchSize: 800 })
  expect(failed.error).toMatchObject({ name: 'MAPPING_REFUSED' })
  await create('payments')
  const changed = { ...blueprint, BatchSize: 900 }
  expect(await reconcile(environment, changed)).toEqual({ enabled: ['payments'], updated: ['orders'] })
  expect(await reconcile(environment, changed)).toEqual({})
  expect((await mappingsOf(name)).map(({ BatchSize }) => BatchSize)).toEqual([900, 900])
})

test('a mapping that Lambda is busy with is no error, and gets its update with a later run', async () => {
  const { create, environment } = await patternConnector()
  await create('orders')
  await reconcile(environment)
  await using busy = await refusing('PUT', 'ResourceInUseException')
  const changed = { ...blueprint, BatchSize: 900 }
  expect(await reconcile({ ...environment, ...busy.environment }, changed)).toEqual({ left: ['orders'] })
  expect(await reconcile(environment, changed)).toEqual({ updated: ['orders'] })
})

// In the minutes until a stack has its own mappings, and no such function any more, a scheduled run would make them anew.
test('while a deployment holds it, it makes and changes nothing', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  const AWS_LAMBDA_FUNCTION_NAME = `${name}-reconcile`
  await createFunction(moto, AWS_LAMBDA_FUNCTION_NAME)
  const mappings = createEventSourceMappings(lambdaOf(moto))
  const arn = `arn:aws:lambda:${moto.environment.AWS_REGION}:123456789012:function:${AWS_LAMBDA_FUNCTION_NAME}`
  await mappings.tag(arn, heldTags(new Date(Date.now() + 60_000)))
  expect(await reconcile({ ...environment, AWS_LAMBDA_FUNCTION_NAME })).toEqual({})
  expect(await mappingsOf(name)).toEqual([])
  await mappings.tag(arn, heldTags(new Date(Date.now() - 1)))
  expect(await reconcile({ ...environment, AWS_LAMBDA_FUNCTION_NAME })).toEqual({ created: ['orders'] })
})

test('a mapping that Lambda refuses is an error, after all others were made', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  await using refused = await refusing('POST', 'InvalidParameterValueException')
  const { error } = await invoke({ ...environment, ...refused.environment }, blueprint)
  expect(error).toMatchObject({ name: 'MAPPING_REFUSED', message: expect.stringContaining(`${name}.orders`) })
})

test('a cluster that can’t be reached changes nothing', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  await reconcile(environment)
  const { error } = await invoke({ ...environment, SOURCE_KAFKA_BROKERS: '127.0.0.1:1' }, blueprint)
  expect(error).toMatchObject({ name: 'KAFKA_UNAVAILABLE' })
  expect(await mappingsOf(name)).toMatchObject([{ State: 'Enabled' }])
})

test('the brokers of an MSK cluster are asked of AWS', async () => {
  const { name, create, environment } = await patternConnector()
  await create('orders')
  const cluster = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
  const requests: string[] = []
  await using api = createServer(({ method, url }, response) => {
    requests.push(`${method} ${decodeURIComponent(url ?? '')}`)
    response.end(JSON.stringify({ bootstrapBrokerString: plaintext.brokers.join() }))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const endpoint = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  const msk = {
    SOURCE_KAFKA_BROKERS: '',
    DEAD_LETTER_TOPIC: '',
    SOURCE_MSK_CLUSTER: cluster,
    AWS_ENDPOINT_URL_KAFKA: endpoint,
  }
  expect(await reconcile({ ...environment, ...msk })).toEqual({ created: ['orders'] })
  expect(requests).toEqual([`GET /v1/clusters/${cluster}/bootstrap-brokers`])
  expect(await mappingsOf(name)).toHaveLength(1)
})
