import { GetEventSourceMappingCommand, LambdaClient, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { serveLambdaApi } from '../../../../lib/offline/api/lambda-api.ts'
import { LogLines } from '../../../../lib/offline/api/log-lines.ts'
import { readChangedMapping } from '../../../../lib/offline/mapping/changed-mapping.ts'
import type { Service } from '../../../../lib/offline/mapping/declaration.ts'
import type { EventSourceMapping } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import { Mappings } from '../../../../lib/offline/mapping/mappings.ts'
import { readAddedMapping, readMappings } from '../../../../lib/offline/mapping/reader.ts'
import { freePorts } from '../../../../local/ports.ts'

const kafka = { topic: 'orders', bootstrapServers: ['127.0.0.1:9092'], accessConfigurations: {}, batchSize: 500 }
const service: Service = {
  functions: { dump: { name: 'shop-dev-dump', events: [{ kafka }] }, audit: { name: 'shop-dev-audit' } },
}

/** The API with the declared mapping, a client of it, and what became of the mapping’s runners. */
async function serve() {
  const [port = 0] = await freePorts(1)
  const ran: (EventSourceMapping | 'stopped')[] = []
  const mappings = new Mappings(mapping => ({
    lastResult: 'OK',
    start: async () => void ran.push(mapping),
    stop: async () => void ran.push('stopped'),
  }))
  const [declared] = readMappings(service).mappings
  const { uuid: UUID } = mappings.add(declared as EventSourceMapping)
  const api = await serveLambdaApi({
    ...{ port, mappings, functions: { host: '127.0.0.1', port: 1 }, environmentOf: () => undefined },
    ...{ logs: new LogLines(), read: properties => readAddedMapping(service, properties) },
    change: (mapping, properties) => readChangedMapping(service, mapping, properties),
  })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new LambdaClient({ region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}`, credentials })
  return {
    ran,
    update: (changes: object) => client.send(new UpdateEventSourceMappingCommand({ UUID, ...changes })),
    get: () => client.send(new GetEventSourceMappingCommand({ UUID })),
    put: (body: object) =>
      fetch(`http://127.0.0.1:${port}/2015-03-31/event-source-mappings/${UUID}`, {
        method: 'PUT',
        headers: { authorization: 'AWS4-HMAC-SHA256' },
        body: JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      api.close()
    },
  }
}

test('an update changes what it names, and the mapping runs with it from then on', async () => {
  await using api = await serve()
  const FilterCriteria = { Filters: [{ Pattern: '{"value":{"type":["order"]}}' }] }
  const changes = {
    ...{ BatchSize: 20, MaximumBatchingWindowInSeconds: 3, FilterCriteria, MaximumRetryAttempts: 4 },
    ...{ MaximumRecordAgeInSeconds: 90, BisectBatchOnFunctionError: true },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } },
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 3 },
  }
  expect(await api.update(changes)).toMatchObject({ ...changes, State: 'Enabled', Topics: ['orders'] })
  expect(await api.get()).toMatchObject(changes)
  expect(api.ran).toEqual([
    expect.objectContaining({ batchSize: 500 }),
    'stopped',
    expect.objectContaining({ batchSize: 20, maximumRetryAttempts: 4, filters: [expect.anything()] }),
  ])
  await api.update({ FilterCriteria: {} })
  expect(api.ran.at(-1)).toMatchObject({ batchSize: 20, filters: [] })
})

test('an update that changes nothing leaves the mapping as it runs', async () => {
  await using api = await serve()
  await api.update({ Enabled: true, BatchSize: 500 })
  expect(api.ran).toHaveLength(1)
})

test('a mapping is disabled and enabled, and keeps what was changed meanwhile', async () => {
  await using api = await serve()
  expect(await api.update({ Enabled: false })).toMatchObject({ State: 'Disabled' })
  await api.update({ BatchSize: 7 })
  expect(api.ran).toEqual([expect.anything(), 'stopped'])
  expect(await api.update({ Enabled: true })).toMatchObject({ State: 'Enabled', BatchSize: 7 })
  expect(api.ran.at(-1)).toMatchObject({ batchSize: 7 })
})

test('another function continues in the same group', async () => {
  await using api = await serve()
  await api.update({ FunctionName: 'shop-dev-audit' })
  expect(api.ran.at(-1)).toMatchObject({ functionKey: 'audit', consumerGroupId: 'offline-shop-dev-dump-orders' })
})

test.each<[string, object, RegExp]>([
  ['out of AWS’s range', { BatchSize: 10_001 }, /BatchSize: /],
  ['a filter that AWS refuses', { FilterCriteria: { Filters: [{ Pattern: '{' }] } }, /AWS refuses this pattern/],
  [
    'a destination that is the source',
    { DestinationConfig: { OnFailure: { Destination: 'kafka://orders' } } },
    /must not be/,
  ],
  ['another topic', { Topics: ['others'] }, /^Topics: can't be changed$/],
  ['what mappings of streams have', { TumblingWindowInSeconds: 5 }, /^TumblingWindowInSeconds: can't be changed$/],
  [
    'another group',
    { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' } },
    /ConsumerGroupId: can't be changed/,
  ],
  ['no function of the service', { FunctionName: 'other' }, /"other" is not a function of this service/],
])('%s is refused as by Lambda, and the mapping stays', async (_, body, message) => {
  await using api = await serve()
  const answer = await api.put(body)
  expect(answer.status).toBe(400)
  expect(answer.headers.get('x-amzn-errortype')).toBe('InvalidParameterValueException')
  expect(((await answer.json()) as { Message?: string; message?: string }).Message).toMatch(message)
  expect(api.ran).toHaveLength(1)
})
