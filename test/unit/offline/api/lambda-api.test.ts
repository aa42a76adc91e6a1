import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { serveLambdaApi } from '../../../../lib/offline/api/lambda-api.ts'
import { LogLines } from '../../../../lib/offline/api/log-lines.ts'
import { type EventSourceMapping, undeclaredRules } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import { Mappings, NO_RECORDS, type Runner } from '../../../../lib/offline/mapping/mappings.ts'
import { freePorts } from '../../../../local/ports.ts'

const runner: Runner = { lastResult: 'PROBLEM: Function call failed', start: async () => {}, stop: async () => {} }
const mapping: EventSourceMapping = {
  functionKey: 'dump',
  functionName: 'shop-dev-dump',
  eventSource: 'SelfManagedKafka',
  bootstrapServers: ['127.0.0.1:9092'],
  topic: 'orders',
  consumerGroupId: 'connect-orders',
  batchSize: 100,
  batchingWindowMs: 500,
  ...undeclaredRules,
}

const environmentOf = (name: string) => (name === mapping.functionName ? { S3_BUCKET: 'lake' } : undefined)

/** The API before functions that answer by `listener`, and how many requests these have open. */
async function serve(listener: RequestListener) {
  const functions = createServer(listener).listen(0, '127.0.0.1')
  await once(functions, 'listening')
  const [port = 0] = await freePorts(1)
  const mappings = new Mappings(() => runner)
  const endpoint = { host: '127.0.0.1', port: (functions.address() as AddressInfo).port }
  const read = () => mapping
  const api = await serveLambdaApi({
    ...{ port, mappings, read, change: read, functions: endpoint, environmentOf, logs: new LogLines() },
  })
  return {
    mappings,
    port,
    open: () => new Promise<number>(resolve => functions.getConnections((_, count) => resolve(count))),
    [Symbol.asyncDispose]: async () => {
      api.close()
      functions.close()
      functions.closeAllConnections()
    },
  }
}

function call(port: number, path: string, { method = 'GET', headers = {} } = {}) {
  const signed = { authorization: 'AWS4-HMAC-SHA256', ...headers }
  return httpRequest({ host: '127.0.0.1', port, path, method, headers: signed, agent: false })
}

const invocations = '/2015-03-31/functions/shop-dev-dump/invocations'

/** What a call gets: status and body, or an error. */
async function answerTo(...parameters: Parameters<typeof call>): Promise<{ status?: number; body: string }> {
  const outgoing = call(...parameters)
  outgoing.end()
  const [response] = await once(outgoing, 'response')
  return { status: response.statusCode, body: await text(response) }
}

// The process that runs `serverless offline` ended with "Unhandled 'error' event".
test('a function’s answer that is reset after its headers breaks off that answer only', async () => {
  let calls = 0
  await using api = await serve((_, response) => {
    calls++
    if (calls > 1) response.end('{}')
    else response.writeHead(200, { 'content-length': 100 }).write('{', () => response.socket?.resetAndDestroy())
  })
  await expect(answerTo(api.port, invocations, { method: 'POST' })).rejects.toThrow()
  expect(await answerTo(api.port, invocations, { method: 'POST' })).toEqual({ status: 200, body: '{}' })
})

test('functions that can’t be reached are an error of that request', async () => {
  await using api = await serve(request => request.socket.destroy())
  expect(await answerTo(api.port, invocations, { method: 'POST' })).toMatchObject({ status: 500 })
})

test('callers that leave end their requests to the function', async () => {
  const { promise: allArrived, resolve } = Promise.withResolvers<void>()
  let arrived = 0
  let left = 0
  const { promise: allLeft, resolve: resolveLeft } = Promise.withResolvers<void>()
  await using api = await serve((request, response) => {
    request.resume()
    response.once('close', () => ++left === 100 && resolveLeft())
    if (++arrived === 100) resolve()
  })
  const callers = Array.from({ length: 100 }, () => call(api.port, invocations, { method: 'POST' }))
  for (const caller of callers) caller.on('error', () => {}).end('{}')
  await allArrived
  expect(await api.open()).toBe(100)
  for (const caller of callers) caller.destroy()
  await allLeft
  expect(await api.open()).toBe(0)
})

// A name that an attacker's page makes resolve to 127.0.0.1 ("DNS rebinding") would let that page control the mappings.
test.each([
  ['attacker.example:3003', 403],
  ['127.0.0.1.attacker.example', 403],
  ['192.168.0.1:3003', 403],
  ['127.0.0.1:3003', 200],
  ['localhost:3003', 200],
  ['LOCALHOST', 200],
  ['[::1]:3003', 200],
])('Host: %s is answered with %d', async (host, status) => {
  await using api = await serve((_, response) => void response.end())
  expect(await answerTo(api.port, '/2015-03-31/event-source-mappings/', { headers: { host } })).toMatchObject({
    status,
  })
})

test('a function’s variables are told, so that commands find the store that it writes to', async () => {
  await using api = await serve((_, response) => response.end())
  const told = await answerTo(api.port, '/2015-03-31/functions/shop-dev-dump/configuration')
  expect(JSON.parse(told.body)).toMatchObject({ Environment: { Variables: { S3_BUCKET: 'lake' } } })
  await expect(answerTo(api.port, '/2015-03-31/functions/other/configuration')).resolves.toMatchObject({ status: 404 })
})

test('requests that aren’t signed are refused', async () => {
  await using api = await serve((_, response) => void response.end())
  const unsigned = await fetch(`http://127.0.0.1:${api.port}/2015-03-31/event-source-mappings/`)
  expect(unsigned.status).toBe(403)
})

test('what is invoked here is counted, and its errors, by the metrics that CloudWatch has of the function', async () => {
  let calls = 0
  await using api = await serve((_, response) => {
    calls++
    response.writeHead(200, calls > 1 ? {} : { 'x-amz-function-error': 'Unhandled' }).end('{}')
  })
  for (const _ of [1, 2, 3]) await answerTo(api.port, invocations, { method: 'POST' })
  const sums = ['Invocations', 'Errors'].map(async MetricName => {
    const answer = await fetch(`http://127.0.0.1:${api.port}/`, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256',
        'x-amz-target': 'GraniteServiceVersion20100801.GetMetricStatistics',
      },
      body: JSON.stringify({
        ...{ Namespace: 'AWS/Lambda', MetricName, Period: 3_600, Statistics: ['Sum'] },
        ...{ Dimensions: [{ Name: 'FunctionName', Value: mapping.functionName }] },
        ...{ StartTime: Date.now() / 1000 - 3_600, EndTime: Date.now() / 1000 + 3_600 },
      }),
    })
    const { Datapoints } = (await answer.json()) as { Datapoints: { Sum: number }[] }
    return Datapoints.reduce((all, { Sum }) => all + Sum, 0)
  })
  expect(await Promise.all(sums)).toEqual([3, 1])
})

// `list` and `check` said that all was well while a partition stood.
test('a mapping has the last result of its poller, as AWS’s have', async () => {
  await using api = await serve((_, response) => void response.end())
  api.mappings.add(mapping)
  api.mappings.add({ ...mapping, topic: 'paused', enabled: false })
  const { body } = await answerTo(api.port, '/2015-03-31/event-source-mappings/')
  expect(JSON.parse(body).EventSourceMappings).toMatchObject([
    { Topics: ['orders'], State: 'Enabled', LastProcessingResult: 'PROBLEM: Function call failed' },
    { Topics: ['paused'], State: 'Disabled', LastProcessingResult: NO_RECORDS },
  ])
})

test('a mapping is told with the rules that it was declared with', async () => {
  await using api = await serve((_, response) => void response.end())
  const { uuid } = api.mappings.add({
    ...mapping,
    startingPosition: { type: 'AT_TIMESTAMP', timestamp: 1_500 },
    provisionedPollers: { minimum: 2, maximum: 5 },
    maximumRetryAttempts: 3,
    reportBatchItemFailures: true,
    onFailureDestination: 'kafka://failed',
  })
  const { body } = await answerTo(api.port, `/2015-03-31/event-source-mappings/${uuid}`)
  expect(JSON.parse(body)).toEqual({
    UUID: uuid,
    EventSourceMappingArn: `arn:aws:lambda:us-east-1:000000000000:event-source-mapping:${uuid}`,
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:shop-dev-dump',
    Topics: ['orders'],
    State: 'Enabled',
    LastProcessingResult: 'PROBLEM: Function call failed',
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 1,
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: 1.5,
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['127.0.0.1:9092'] } },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'connect-orders' },
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } },
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 5 },
  })
})
