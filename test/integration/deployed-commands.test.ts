import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type * as z from 'zod'
import type { StreamingContext } from '../../lib/connectors/commands/command.ts'
import { documents } from '../../lib/connectors/commands/documents/index.ts'
import { createDeployment } from '../../lib/connectors/commands/index.ts'
import { afterDeploy, beforeDeploy, beforeRemove } from '../../lib/connectors/commands/lifecycle.ts'
import { perform } from '../../lib/connectors/run-command.ts'
import type { Run } from '../../lib/console/api/index.ts'
import { startConsole } from '../../lib/console/console.ts'
import { createEventSourceMappings, type EventSourceMappings } from '../../lib/lambda/event-source-mappings.ts'
import { isHeld, madeTags } from '../../lib/lambda/mapping-tag.ts'
import type { CheckAnswers } from '../../lib/operate/check-request.ts'
import { commandContext, dump, read } from '../support/connectors.ts'
import { ConsoleClient } from '../support/console-client.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { configOf, createFunction, lambdaOf } from '../support/moto-function.ts'
import { uniqueName } from '../support/stack.ts'

let moto: Moto
let mappings: EventSourceMappings

beforeAll(async () => {
  moto = await startMoto()
  mappings = createEventSourceMappings(lambdaOf(moto))
})

afterAll(() => moto?.stop())

const blueprint = { EventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/1' }

/** A service that was deployed, with a connector `flow` that has two topics. */
async function deployed(functions = ['flow', 'flow-check']) {
  const service = uniqueName('shop-dev')
  const connectors = read({ flow: dump({ source: { topics: ['orders', 'payments'] } }) })
  for (const name of functions) await createFunction(moto, `${service}-${name}`)
  for (const topic of ['orders', 'payments']) await mappings.create(`${service}-flow`, topic, blueprint)
  const printed: string[] = []
  const context = {
    ...commandContext(connectors, undefined, text => void printed.push(text)),
    deployment: createDeployment(service, configOf(moto), { isLocal: false }),
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

/** A partition, and where its group is. */
const position = { partition: 0, committed: 10, start: 0, end: 10, produced: 0, nextTimestamp: null }
const nothingUnread = { orders: [position], payments: [position] }

type Values = Record<string, number>

/** What the function has counted, and Lambda has counted of it, in this minute or that of another time. */
async function counted(service: string, own: Values, ofFunction: Values = {}, time = new Date()) {
  const put = (Namespace: string, values: Values, dimensions: Record<string, string>) => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
    const MetricData = Object.entries(values).map(([MetricName, Value]) => ({
      MetricName,
      Dimensions,
      Value,
      Timestamp: time,
    }))
    return new CloudWatchClient(configOf(moto)).send(new PutMetricDataCommand({ Namespace, MetricData }))
  }
  if (Object.keys(own).length > 0) await put('kafka-functions', own, { service, connector: 'flow' })
  if (Object.keys(ofFunction).length > 0) await put('AWS/Lambda', ofFunction, { FunctionName: `${service}-flow` })
}

async function logged(service: string, lines: object[]) {
  const logs = new CloudWatchLogsClient(configOf(moto))
  const group = { logGroupName: `/aws/lambda/${service}-flow`, logStreamName: 'a' }
  await logs.send(new CreateLogGroupCommand(group))
  await logs.send(new CreateLogStreamCommand(group))
  const logEvents = lines.map(line => ({ message: JSON.stringify(line), timestamp: Date.now() }))
  await logs.send(new PutLogEventsCommand({ ...group, logEvents }))
}

/** The document that a command prints, which has the form that is documented. */
async function documentOf<Name extends keyof typeof documents>(
  name: Name,
  context: StreamingContext,
  printed: string[],
  options = {},
) {
  await perform(name, { ...context, json: true }, options)
  return documents[name].parse(JSON.parse(printed.join(''))) as z.output<(typeof documents)[Name]>
}

test('list tells the state, the lag of the cluster and the figures of CloudWatch', async () => {
  const { service, context, printed } = await deployed()
  await counted(service, { RecordsIn: 50, RecordsOut: 40 }, { Invocations: 2, Errors: 0 })
  const waiting = { ...position, committed: 6, nextTimestamp: Date.now() - 90_000 }
  await answers<'positions'>({ ...nothingUnread, orders: [waiting] })
  await perform('list', context, {})
  expect(
    printed
      .join('')
      .trimEnd()
      .split('\n')
      .map(line => line.split(/ {2,}/)),
  ).toEqual([
    ['connector', 'type', 'state', 'lag', 'oldest unread', 'in/min', 'out/min', 'failed 24 h', 'last success'],
    ['flow', 'dump', 'RUNNING', '4', '1 min', '10', '8', '0', expect.stringMatching(/^\d+ s ago$|^1 min ago$/)],
  ])
})

test('list names a topic that is gone, and what is not known with the reason', async () => {
  const { context, printed } = await deployed()
  await answers<'positions'>({ ...nothingUnread, payments: null })
  const found = await documentOf('list', context, printed)
  expect(found.connectors).toMatchObject([
    { state: 'DEGRADED', reason: 'the cluster has no topic payments', act: 'person' },
  ])
})

test('where the cluster can’t be asked, list shows CloudWatch’s lag, and what isn’t deployed', async () => {
  const { service, context, printed } = await deployed(['flow'])
  await counted(service, {}, { OffsetLag: 77 })
  const others = read({ other: dump() })
  await perform('list', { ...context, connectors: [...others, ...context.connectors] }, {})
  expect(printed.join('')).toMatch(
    /flow +dump +DEGRADED +~77 +\? .*\n +check fails: NO_ANSWER: it is not deployed \(a person has to act\)/,
  )
  // It comes last, although it is declared first.
  expect(printed.join('')).toMatch(
    /other +dump +NOT DEPLOYED +– +–.*\n +there is no function of it; deploy the service/,
  )
})

test('describe tells which partition stands, at which offset, and why', async () => {
  const { service, context, printed } = await deployed()
  await counted(service, { PartitionsStopped: 3, RecordsOut: 5 }, { Invocations: 4, Errors: 3 })
  const place = { topic: 'orders', partition: 0 }
  await logged(service, [
    {
      level: 'INFO',
      message: 'Object written',
      ...place,
      firstOffset: 2,
      lastOffset: 6,
      records: 5,
      key: 'lake/orders+0+2',
    },
    {
      level: 'ERROR',
      message: 'Partition stopped',
      ...place,
      firstOffset: 7,
      errorCode: 'VALUE_UNDECODABLE',
      errorMessage: 'no JSON',
    },
  ])
  await answers<'positions'>({ ...nothingUnread, orders: [{ ...position, committed: 7, nextTimestamp: Date.now() }] })
  const found = await documentOf('describe', context, printed, { name: 'flow' })
  expect(found).toMatchObject({
    ...{ state: 'STOPPED', act: 'person', lag: 3, stops24h: 3, unknown: {} },
    reason: 'orders-0 stands at offset 7: VALUE_UNDECODABLE: no JSON',
    partitions: [
      {
        ...{ ...place, stopped: true, recordsOutPerMinute: 1 },
        lastDelivery: { key: 'lake/orders+0+2' },
        lastError: { code: 'VALUE_UNDECODABLE', offset: 7, act: 'person' },
      },
      { topic: 'payments', stopped: false, lastError: null },
    ],
    companions: [{ function: 'check', ok: true }],
  })
})

test('cost takes the rate from CloudWatch, and the partitions from the cluster', async () => {
  const { service, context, printed } = await deployed()
  const time = new Date(Date.now() - 2 * 60_000)
  await counted(service, { RecordsIn: 600_000, BytesIn: 300_000_000 }, {}, time)
  await answers<'positions'>(nothingUnread)
  const found = await documentOf('cost', context, printed, { name: 'flow' })
  expect(found).toMatchObject({
    ...{ connector: 'flow', region: 'eu-central-1' },
    // Of the last five minutes.
    load: { kind: 'dump', isMeasured: true, mbPerSecond: 1, recordBytes: 500, partitions: 2 },
  })
  expect(found.ways.map(({ way }) => way)).toEqual(expect.arrayContaining(['on demand', 'provisioned']))
})

test('cost says what it does not know of a connector that has read nothing', async () => {
  const { context } = await deployed()
  await expect(perform('cost', context, { name: 'flow' })).rejects.toThrow('--mb-per-second')
})

test('a function of another version is said to be one', async () => {
  const { context, printed } = await deployed()
  await answers<'positions'>({ orders: 5 } as never)
  const found = await documentOf('list', context, printed)
  expect(found.connectors[0]?.unknown.lag).toMatch(/gave an answer of another form .*; deploy the service again/)
  expect(JSON.stringify(found)).not.toContain('NaN')
})

test('pause and resume switch all mappings of a connector', async () => {
  const { service, context, printed } = await deployed()
  const states = async () => (await mappings.list(`${service}-flow`)).map(({ state }) => state)
  await perform('pause', context, { name: 'flow' })
  expect(await states()).toEqual(['Disabled', 'Disabled'])
  await perform('resume', context, { name: 'flow' })
  expect(await states()).toEqual(['Enabled', 'Enabled'])
  expect(printed).toEqual(['flow has stopped reading orders, payments.\n', 'flow reads orders, payments.\n'])
})

/** A console of a deployed service, and its page. */
async function shownConsole({ connectors, deployment }: StreamingContext) {
  const shown = await startConsole({ connectors, deployment })
  const page = new ConsoleClient(shown.url)
  await page.enter()
  const asked = async (question: string, args = {}) => JSON.parse((await page.ask(question, args)).body)
  return { ...shown, page, asked }
}

/** A document without what passes between two answers. */
const timeless = (document: object) =>
  JSON.parse(JSON.stringify(document, (name, value) => (/time|age|last|since|ago/i.test(name) ? '' : value)))

test('the console answers for a deployed service as the commands do', async () => {
  const { service, context, printed } = await deployed()
  // A minute that is over: the one that runs has not all of its figures.
  const time = new Date(Date.now() - 2 * 60_000)
  await counted(service, { RecordsIn: 50, RecordsOut: 40 }, { Invocations: 2, Errors: 0 }, time)
  const shown = await shownConsole(context)
  const { page, asked } = shown
  try {
    await answers<'positions'>(nothingUnread)
    const listed = await documentOf('list', context, printed)
    await answers<'positions'>(nothingUnread)
    expect(timeless(await asked('list'))).toEqual(timeless(listed))
    printed.length = 0
    await answers<'positions'>(nothingUnread)
    const described = await documentOf('describe', context, printed, { name: 'flow', all: true })
    await answers<'positions'>(nothingUnread)
    expect(timeless(await asked('describe', { name: 'flow' }))).toEqual(timeless(described))
    const history = await asked('history', { name: 'flow', minutes: 10 })
    const sum = (series: (number | null)[]) => series.reduce<number>((all, one) => all + (one ?? 0), 0)
    expect([sum(history.recordsIn), sum(history.recordsOut)]).toEqual([50, 40])
    for (const [act, state] of [
      ['pause', 'Disabled'],
      ['resume', 'Enabled'],
    ] as const) {
      const { id } = JSON.parse((await page.act(act, { name: 'flow' }, 'flow')).body)
      const run = await endOf(page, id)
      expect(run).toMatchObject({ act, state: 'done', error: null })
      expect(documents[act].parse(run.document)).toMatchObject({ connector: 'flow' })
      const states = (await mappings.list(`${service}-flow`)).map(mapping => mapping.state)
      expect(states).toEqual([state, state])
    }
  } finally {
    await shown.close()
  }
})

/** A run once it has ended. */
async function endOf(page: ConsoleClient, id: string): Promise<Run> {
  for await (const event of page.watch([{ question: 'runs', args: {} }])) {
    const run = 'answer' in event ? (event.answer as Run[]).find(one => one.id === id) : undefined
    if (run && run.ended !== null) return run
  }
  throw new Error('The console has ended.')
}

test('check shows what the function found and what the mappings say', async () => {
  const { context, printed } = await deployed()
  const results = [
    { check: 'source login', ok: false, detail: 'wrong password', errorCode: 'KAFKA_ACCESS_DENIED' as const },
  ]
  await answers<'check'>({ connector: 'flow', passed: false, results })
  await expect(perform('check', context, {})).rejects.toThrow('Connectivity check failed: flow.')
  expect(printed.join()).toMatch(/✗ source login +wrong password \(KAFKA_ACCESS_DENIED: a person has to act\)/)
  expect(printed.join()).toMatch(/✓ mapping payments +Enabled/)
})

test('logs shows what the function logged, without metrics', async () => {
  const { service, context, printed } = await deployed()
  const logs = new CloudWatchLogsClient(configOf(moto))
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
  await perform('logs', context, { name: 'flow' })
  expect(printed).toEqual([
    expect.stringMatching(/^\d{4}-.* {2}dump {3}ERROR {2}Partition stopped {2}topic=orders\n$/),
    expect.stringMatching(/ {2}dump {3}INFO {3}Invocation: 5 ms\n$/),
  ])
})

test.each([
  ['a connector that there is not', 'pause', { name: 'none' }, 'There is no connector none; there is flow'],
  ['a topic that is not read', 'test', { topic: 'none' }, 'flow has no mapping for none; it reads orders, payments.'],
  [
    'no number of seconds',
    'test',
    { topic: 'orders', timeout: '1m' },
    '--timeout: expected a whole number of seconds from 1, got 1m',
  ],
  ['a connector almost', 'pause', { name: 'flwo' }, 'There is no connector flwo; did you mean flow?'],
  ['a log that there is not', 'logs', {}, 'flow has no log; is it deployed?'],
  ['no time', 'logs', { since: 'yesterday' }, /^--since: expected a time such as .*, got yesterday$/],
] as const)('%s is one clear message', async (_, command, options, message) => {
  const { context } = await deployed()
  await expect(perform(command, context, { name: 'flow', ...options })).rejects.toThrow(message)
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
  const deployment = createDeployment(uniqueName('new-dev'), configOf(moto), { isLocal: false })
  await expect(beforeDeploy(context.connectors, deployment)).resolves.toBeUndefined()
})
