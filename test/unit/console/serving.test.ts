import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDeployment } from '../../../lib/connectors/commands/deployment.ts'
import type { Run, WatchEvent } from '../../../lib/console/api/index.ts'
import { type Console, startConsole } from '../../../lib/console/console.ts'
import type { ShownService } from '../../../lib/console/shown-service.ts'
import { dump, read, SERVICE } from '../../support/connectors.ts'
import { ConsoleClient } from '../../support/console-client.ts'

/** Stands for Lambda: it answers when a test says so. */
let lambda: Server
let waiting: ServerResponse[]
let shown: Console
let client: ConsoleClient
let service: ShownService & { reads: number; problem?: Error }

beforeEach(async () => {
  waiting = []
  lambda = createServer((_, response) => {
    waiting.push(response)
    lambda.emit('asked')
  }).listen(0, '127.0.0.1')
  await once(lambda, 'listening')
  const endpoint = `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const config = { endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 }
  const connectors = read({ flow: dump() })
  service = {
    reads: 0,
    get connectors() {
      service.reads++
      if (service.problem) throw service.problem
      return connectors
    },
    deployment: createDeployment(SERVICE, config, { isLocal: true }),
  }
  shown = await startConsole(service)
  client = new ConsoleClient(shown.url)
  await client.enter()
})

afterEach(async () => {
  lambda.closeAllConnections()
  await shown.close()
  lambda.close()
})

/** The next event, of which there has to be one. */
async function next(events: AsyncGenerator<WatchEvent>): Promise<WatchEvent> {
  const { value, done } = await events.next()
  if (done) throw new Error('The stream has ended.')
  return value
}

const watchService = () => client.watch([{ question: 'service', args: {} }])

test('what several pages watch is asked once, and a page that comes later sees the newest answer', async () => {
  const [one, other] = [watchService(), watchService()]
  const first = await next(one)
  expect(first).toMatchObject({ id: '0', answer: { connectors: [{ name: 'flow' }] } })
  expect(await next(other)).toEqual(first)
  expect(service.reads).toBe(1)
  await Promise.all([one.return(undefined), other.return(undefined)])
})

test('a question that fails is told, and answered by itself once it can be', async () => {
  service.problem = new Error('the declaration is being written')
  const events = client.watch([{ question: 'list', args: {} }])
  expect(await next(events)).toMatchObject({ error: { message: expect.stringContaining('being written') } })
  service.problem = undefined
  lambda.on('asked', () => waiting.pop()?.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}'))
  expect(await next(events)).toMatchObject({ answer: { connectors: [{ name: 'flow' }] } })
  await events.return(undefined)
})

test('a console that has ended asks nothing any more', async () => {
  const events = watchService()
  await next(events)
  await shown.close()
  await expect(events.next().then(() => undefined)).rejects.toThrow()
  await expect(client.ask('service')).rejects.toThrow('ECONNREFUSED')
})

test.each([
  ['no list', '{}'],
  ['too many', JSON.stringify(Array.from({ length: 61 }, (_, id) => ({ id: `${id}`, question: 'service', args: {} })))],
])('%s to watch is refused', async (_, watched) => {
  expect(await client.send(`/api/watch?watched=${encodeURIComponent(watched)}`)).toMatchObject({ status: 400 })
})

test('a question that does not exist is answered by its error, and the others of the page all the same', async () => {
  const events = client.watch([
    { question: 'toString' as 'service', args: {} },
    { question: 'service', args: {} },
  ])
  expect(await next(events)).toMatchObject({ id: '0', error: { message: 'There is no question toString.' } })
  expect(await next(events)).toMatchObject({ id: '1', answer: { connectors: [{ name: 'flow' }] } })
  await events.return(undefined)
})

/** The first state of the runs that is as it is wanted. */
async function runsUntil(isWanted: (run: Run) => boolean): Promise<Run> {
  for await (const event of client.watch([{ question: 'runs', args: {} }])) {
    const run = 'answer' in event ? (event.answer as Run[]).find(isWanted) : undefined
    if (run) return run
  }
  throw new Error('The stream has ended.')
}

test('a run shows why it failed', async () => {
  lambda.on('asked', () => waiting.pop()?.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}'))
  const { id } = JSON.parse((await client.act('pause', { name: 'flow' }, 'flow')).body)
  expect(await runsUntil(run => run.ended !== null)).toMatchObject({
    ...{ id, act: 'pause', args: { name: 'flow' }, state: 'failed' },
    error: { message: expect.any(String) },
  })
})

test('a run that is cancelled ends after what is under way; one that there is not can’t be', async () => {
  const { id } = JSON.parse((await client.act('pause', { name: 'flow' }, 'flow')).body)
  if (waiting.length === 0) await once(lambda, 'asked')
  const origin = { method: 'POST', headers: { origin: client.origin } }
  expect(await client.send('/api/runs/none/cancel', origin)).toMatchObject({ status: 404 })
  expect(await client.send(`/api/runs/${id}/cancel`, origin)).toMatchObject({ status: 204 })
  expect(await runsUntil(run => run.id === id)).toMatchObject({ state: 'running', ended: null })
  waiting.pop()?.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}')
  expect(await runsUntil(run => run.ended !== null)).toMatchObject({ id, state: 'cancelled' })
  expect(await client.send(`/api/runs/${id}/cancel`, origin)).toMatchObject({ status: 404 })
})
