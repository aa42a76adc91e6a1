import { PassThrough } from 'node:stream'
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import { commands, createDeployment, Output } from '../../lib/connectors/commands/index.ts'
import { afterDeploy, beforeDeploy, beforeRemove } from '../../lib/connectors/commands/lifecycle.ts'
import { createEventSourceMappings, type EventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { isHeld, madeTags } from '../../lib/lambda/mapping-tag.ts'
import type { CheckAnswers } from '../../lib/operate/check-request.ts'
import { dump, read } from '../support/connectors.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { createFunction, lambdaOf } from '../support/moto-function.ts'
import { uniqueName } from '../support/stack.ts'

let moto: Moto
let mappings: EventSourceMappings

beforeAll(async () => {
  moto = await startMoto()
  mappings = createEventSourceMappings(lambdaOf(moto))
})

afterAll(() => moto?.stop())

const config = () => ({
  endpoint: moto.endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

const blueprint = { EventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/1' }

/** A service that was deployed, with a connector `flow` that has two topics. */
async function deployed(functions = ['flow', 'flow-check']) {
  const service = uniqueName('shop-dev')
  const connectors = read({ flow: dump({ source: { topics: ['orders', 'payments'] } }) })
  for (const name of functions) await createFunction(moto, `${service}-${name}`)
  for (const topic of ['orders', 'payments']) await mappings.create(`${service}-flow`, topic, blueprint)
  const printed: string[] = []
  const context = {
    connectors,
    deployment: createDeployment(service, config(), { isLocal: false }),
    write: (text: string) => void printed.push(text),
    output: new Output(new PassThrough()),
    interruption: () => new AbortController().signal,
  }
  return { service, context, printed }
}

/** What the next invocation of any function answers: functions don't run in moto. */
async function answers<Action extends keyof CheckAnswers>(answer: CheckAnswers[Action]) {
  const results = { results: [JSON.stringify(answer)], region: 'eu-central-1' }
  const headers = { 'content-type': 'application/json' }
  await fetch(`${moto.endpoint}/moto-api/static/lambda-simple/response`, {
    method: 'POST',
    body: JSON.stringify(results),
    headers,
  })
}

test('list asks the cluster for the lag, through the function, and names topics that are gone', async () => {
  const { context, printed } = await deployed()
  await answers<'lag'>({ orders: 1234, payments: null })
  await commands.list(context, {} as never)
  const [table = '', ...remarks] = printed
  expect(remarks).toEqual(['\nflow: there is no topic payments'])
  expect(table.split('\n').map(line => line.split(/ {2,}/))).toEqual([
    ['connector', 'type', 'topics', 'state', 'lag'],
    ['flow', 'dump', 'orders', 'enabled', '1,234'],
    ['', 'payments'],
  ])
})

test('where the cluster can’t be asked, list shows CloudWatch’s lag, and what isn’t deployed', async () => {
  const { service, context, printed } = await deployed(['flow'])
  const Dimensions = [{ Name: 'FunctionName', Value: `${service}-flow` }]
  const MetricData = [{ MetricName: 'OffsetLag', Dimensions, Value: 77, Timestamp: new Date() }]
  await new CloudWatchClient(config()).send(new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData }))
  const others = read({ other: dump() })
  await commands.list({ ...context, connectors: [...context.connectors, ...others] }, {} as never)
  expect(printed.join()).toMatch(/flow +dump +orders +enabled +~77\n/)
  expect(printed.join()).toMatch(/other +dump +orders +not deployed/)
  expect(printed.at(-1)).toBe('\nflow: the cluster could not be asked for the lag: it is not deployed')
})

test('pause and resume switch all mappings of a connector', async () => {
  const { service, context, printed } = await deployed()
  const states = async () => (await mappings.list(`${service}-flow`)).map(({ state }) => state)
  await commands.pause(context, { name: 'flow' } as never)
  expect(await states()).toEqual(['Disabled', 'Disabled'])
  await commands.resume(context, { name: 'flow' } as never)
  expect(await states()).toEqual(['Enabled', 'Enabled'])
  expect(printed).toEqual(['flow has stopped reading orders, payments.', 'flow reads orders, payments.'])
})

test('check shows what the function found and what the mappings say', async () => {
  const { context, printed } = await deployed()
  const results = [
    { check: 'source login', ok: false, detail: 'wrong password', errorCode: 'KAFKA_ACCESS_DENIED' as const },
  ]
  await answers<'check'>({ connector: 'flow', passed: false, results })
  await expect(commands.check(context, {} as never)).rejects.toThrow('Connectivity check failed: flow.')
  expect(printed.join()).toMatch(/✗ source login +wrong password \(KAFKA_ACCESS_DENIED\)/)
  expect(printed.join()).toMatch(/✓ mapping payments +Enabled/)
})

test('logs shows what the function logged, without metrics', async () => {
  const { service, context, printed } = await deployed()
  const logs = new CloudWatchLogsClient(config())
  const group = { logGroupName: `/aws/lambda/${service}-flow`, logStreamName: 'a' }
  await logs.send(new CreateLogGroupCommand(group))
  await logs.send(new CreateLogStreamCommand(group))
  const lines = [
    '{"level":"ERROR","message":"Partition stopped","topic":"orders"}',
    '{"_aws":{}}',
    'REPORT Duration: 5 ms',
  ]
  const timestamp = Date.now()
  await logs.send(new PutLogEventsCommand({ ...group, logEvents: lines.map(message => ({ message, timestamp })) }))
  await commands.logs(context, { name: 'flow' } as never)
  expect(printed).toEqual([
    expect.stringMatching(/^\d{4}-.* {2}ERROR {2}Partition stopped {2}topic=orders$/),
    expect.stringMatching(/ {2}REPORT Duration: 5 ms$/),
  ])
})

test.each([
  ['a connector that there is not', 'pause', { name: 'none' }, 'There is no connector none; there is flow'],
  ['a topic that is not read', 'test', { topic: 'none' }, 'flow has no mapping for none; it reads orders, payments.'],
  ['no number of seconds', 'test', { topic: 'orders', timeout: '1m' }, '--timeout: expected seconds, got 1m'],
  ['a connector almost', 'pause', { name: 'flwo' }, 'There is no connector flwo; did you mean flow?'],
  ['a log that there is not', 'logs', {}, 'flow has no log; is it deployed?'],
  ['no time', 'logs', { since: 'yesterday' }, '--since: expected a time such as 30s, 10m, 2h or 1d, got yesterday'],
] as const)('%s is one clear message', async (_, command, options, message) => {
  const { context } = await deployed()
  await expect(commands[command](context, { name: 'flow', ...options } as never)).rejects.toThrow(message)
})

/** Topics of the mappings that the service has, each with its function. */
async function left(service: string): Promise<string[]> {
  return (await mappings.list())
    .map(({ functionArn, topic }) => `${functionArn.split(':').at(-1)} ${topic}`)
    .filter(name => name.startsWith(service))
    .map(name => name.slice(service.length + 1))
    .toSorted()
}

/** What `reconcile` makes a mapping of the service with. */
const madeFor = (service: string) => ({ ...blueprint, Tags: madeTags({ ...blueprint, Tags: { service } }) })

test('mappings that are not the template’s go with the connector, or the service; others’ stay', async () => {
  const { service, context } = await deployed()
  const { deployment } = context
  for (const name of ['pattern', 'gone']) {
    await createFunction(moto, `${service}-${name}`)
    await mappings.create(`${service}-${name}`, 'carts', madeFor(service))
  }
  await createFunction(moto, `${service}-theirs`)
  // All that is a stack's may have a tag of that name.
  await mappings.create(`${service}-theirs`, 'carts', { ...blueprint, Tags: { service } })
  const pattern = read({ pattern: dump({ source: { topics: undefined, pattern: 'c.*' } }) })
  const warnings: string[] = []
  await afterDeploy([...context.connectors, ...pattern], deployment, { warning: line => void warnings.push(line) })
  expect(await left(service)).toEqual(['flow orders', 'flow payments', 'pattern carts', 'theirs carts'])
  // The function isn't there, in this test: its schedule would make up for it.
  expect(warnings).toEqual([expect.stringContaining('Not all mappings of pattern are as declared yet')])
  await beforeRemove(deployment)
  expect(await left(service)).toEqual(['flow orders', 'flow payments', 'theirs carts'])
})

// Lambda has one mapping for a function and a topic, so the template's could not be made beside them, and none went ever.
test('mappings of a pattern go before a stack is deployed that names the topics, and their reconcile is held', async () => {
  const { service, context } = await deployed(['flow', 'flow-reconcile', 'other'])
  await mappings.create(`${service}-flow`, 'carts', madeFor(service))
  await mappings.create(`${service}-other`, 'carts', madeFor(service))
  const other = read({ other: dump({ source: { topics: undefined, pattern: 'c.*' } }) })
  await beforeDeploy([...context.connectors, ...other], context.deployment)
  expect(await left(service)).toEqual(['flow orders', 'flow payments', 'other carts'])
  const arn = `arn:aws:lambda:eu-central-1:123456789012:function:${service}-flow-reconcile`
  expect(isHeld(await mappings.tags(arn))).toBe(true)
})

test('before the first deployment there is nothing to delete, and that is no error', async () => {
  const { context } = await deployed()
  const deployment = createDeployment(uniqueName('new-dev'), config(), { isLocal: false })
  await expect(beforeDeploy(context.connectors, deployment)).resolves.toBeUndefined()
})
