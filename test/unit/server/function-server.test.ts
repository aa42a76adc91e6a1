import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { FunctionServer, type FunctionServerOptions } from '../../../lib/server/function-server.ts'
import { type ServerLimits, serverLimits } from '../../../lib/server/limits.ts'
import { RawClient } from '../../support/raw-client.ts'

interface Invocation {
  event: unknown
  requestId?: string
  end: PromiseWithResolvers<unknown>
}

let server: FunctionServer
let port: number
let invocations: Invocation[]
let errors: string[]
let clients: RawClient[]

/** A server whose invocations end when the test says so. */
async function start(options: Partial<FunctionServerOptions> = {}, limits: Partial<ServerLimits> = {}) {
  invocations = []
  errors = []
  clients = []
  const error = (...line: unknown[]) => void errors.push(JSON.stringify(line))
  server = new FunctionServer(
    {
      invoke(event, { awsRequestId: requestId }) {
        const end = Promise.withResolvers<unknown>()
        invocations.push({ event, requestId, end })
        return end.promise
      },
      logger: { info() {}, warn() {}, error },
      timeoutMs: 60_000,
      batchSize: 100,
      batchWindowMs: 0,
      keyType: 'string',
      ...options,
    },
    { ...serverLimits(), stopMs: 10, ...limits },
  )
  port = await server.listen(0)
}

afterEach(async () => {
  for (const client of clients) client.destroy()
  for (const { end } of invocations) end.resolve(undefined)
  await server.stop()
})

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(port)
  clients.push(client)
  return client
}

const post = (body: string, path = '/invoke', headers = '') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`

async function untilInvoked(count: number): Promise<void> {
  while (invocations.length < count) await turn()
}

// FunctionGraph's events have no offsets: without the platform's id no log line tells which event it is about.
test.each([
  ['x-fc-request-id', 'Function Compute'],
  ['x-cff-request-id', 'FunctionGraph'],
  ['x-scf-request-id', 'SCF'],
])('the id of an invocation in %s (%s) gets into the context', async header => {
  await start()
  const client = await connect()
  client.send(post('{}', '/invoke', `${header}: id-1\r\n`))
  await untilInvoked(1)
  expect(invocations[0]?.requestId).toBe('id-1')
})

/** A record as KafkaSource sends it. */
function send(offset: number | string, body = 'v', source = '/apis/v1#orders') {
  const headers = { 'ce-type': 'dev.knative.kafka.event', 'ce-source': source, 'ce-id': `partition:0/offset:${offset}` }
  return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })
}

describe('connections', () => {
  // 1,000 malformed requests left 1,001 descriptors.
  test('of malformed requests are destroyed, though the client keeps its side open', async () => {
    await start()
    const all = await Promise.all(Array.from({ length: 20 }, connect))
    const answers = await Promise.all(all.map(client => client.send('NO REQUEST\r\n\r\n').untilClosed()))
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(errors).toHaveLength(20)
  })

  // The client took the refusal for the answer to the request whose delivery went on.
  test('of malformed bytes after a request that is being handled are closed without an answer', async () => {
    await start()
    const client = await connect()
    client.send(post('event'))
    await untilInvoked(1)
    expect(await client.send('NO REQUEST\r\n\r\n').untilClosed()).toBe('')
    expect(errors).toHaveLength(1)
  })

  test('of malformed bytes after a request that is answered get a refusal', async () => {
    await start()
    const client = await connect()
    client.send(post('event'))
    await untilInvoked(1)
    invocations[0]?.end.resolve('done')
    await client.until('"done"')
    expect(await client.send('NO REQUEST\r\n\r\n').untilClosed()).toContain('HTTP/1.1 400 ')
  })

  // 2,000 of them stayed.
  test.each([
    ['that send nothing', ''],
    ['whose headers don’t end', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['whose body doesn’t end', 'POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf'],
  ])('%s are closed in time', async (_, sent) => {
    await start({}, { headersMs: 50, requestMs: 50, checkMs: 20 })
    const answer = await (await connect()).send(sent).untilClosed()
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(invocations).toEqual([])
  })

  // Function Compute sent a request into a connection that the server had just closed, and the record was lost.
  test('stay open for a day, longer than any front end keeps them', async () => {
    await start()
    const answer = await (await connect()).send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n').until('}')
    expect(answer).toMatch(/^keep-alive: timeout=86400/im)
    expect(answer).toContain('{"waiting":0,"partitions":0}')
  })

  test('beyond the limit get 503, and close idle ones, so that there is room again', async () => {
    await start({}, { connections: 2 })
    const idle = await Promise.all([connect(), connect()])
    await Promise.all(idle.map(client => client.send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n').until('}')))
    const refused = await (await connect()).send(post('event')).until('\r\n\r\n')
    expect(refused).toMatch(/^HTTP\/1\.1 503 /)
    expect(refused).toMatch(/^retry-after: 1\r$/m)
    expect(invocations).toEqual([])
    await Promise.all(idle.map(client => client.untilClosed()))
    const next = await (await connect()).send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n').until('}')
    expect(next).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('beyond the limit whose clients don’t close them are closed in time', async () => {
    await start({}, { connections: 0, lingerMs: 20 })
    expect(await (await connect()).untilClosed()).toMatch(/^HTTP\/1\.1 503 /)
  })

  test('beyond the limit of refusals are closed without an answer', async () => {
    await start({}, { connections: 0, refusals: 1, lingerMs: 60_000 })
    const refused = await connect()
    await refused.until('503')
    expect(await (await connect()).untilClosed()).toBe('')
  })
})

describe('bodies', () => {
  test.each([
    ['its length', 'content-length: 101\r\n\r\n'],
    ['what it has sent so far', `transfer-encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n`],
  ])('a larger one is refused by %s, and the connection closed', async (_, sent) => {
    await start({}, { bodyBytes: 100, allBodiesBytes: 100 })
    const answer = await (await connect()).send(`POST /invoke HTTP/1.1\r\nhost: x\r\n${sent}`).untilClosed()
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('EVENT_TOO_LARGE')
    expect(invocations).toEqual([])
  })

  // 30 bodies of 30 MB took 976 MB.
  test('at once have a limit: others are read when those are delivered', async () => {
    await start({}, { bodyBytes: 100, allBodiesBytes: 150 })
    const [first, second] = await Promise.all([connect(), connect()])
    first.send(post('1'.repeat(100)))
    await untilInvoked(1)
    second.send(post('2'.repeat(100)))
    await (await connect()).send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n').until('}')
    expect(invocations).toHaveLength(1)
    invocations[0]?.end.resolve('done')
    await first.until('"done"')
    await untilInvoked(2)
    expect(String(invocations[1]?.event)).toBe('2'.repeat(100))
  })

  // A slow body held as much as its length, or as the largest one: all the memory of a small container, for a minute.
  test.each([
    ['in chunks', 'transfer-encoding: chunked', '5\r\nhello\r\n', `${(300_000).toString(16)}\r\n`, '\r\n0\r\n\r\n'],
    ['with a length', 'content-length: 300005', 'hello', '', ''],
  ])('%s take memory as they grow: others are delivered meanwhile', async (_, header, begin, before, after) => {
    await start({}, { bodyBytes: 1_000_000, allBodiesBytes: 1_000_000 })
    const slow = await connect()
    slow.send(`POST /invoke HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n${begin}`)
    ;(await connect()).send(post('1'.repeat(900_000)))
    await untilInvoked(1)
    slow.send(`${before}${'2'.repeat(300_000)}${after}`)
    await (await connect()).send('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n').until('}')
    expect(invocations).toHaveLength(1)
    invocations[0]?.end.resolve('done')
    await untilInvoked(2)
    expect(String(invocations[1]?.event)).toBe(`hello${'2'.repeat(300_000)}`)
  })

  test('in chunks that fill the memory together end one after the other', async () => {
    await start({}, { bodyBytes: 1_000_000, allBodiesBytes: 1_000_000 })
    const all = await Promise.all(Array.from({ length: 5 }, connect))
    const chunk = `${(300_000).toString(16)}\r\n${'x'.repeat(300_000)}\r\n`
    for (const client of all) client.send('POST /invoke HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    for (let i = 0; i < 3; i++) for (const client of all) client.send(chunk)
    for (const client of all) client.send('0\r\n\r\n')
    for (let i = 0; i < all.length; i++) {
      await untilInvoked(i + 1)
      expect(String(invocations[i]?.event)).toHaveLength(900_000)
      invocations[i]?.end.resolve('done')
    }
    await Promise.all(all.map(client => client.until('"done"')))
    expect(await (await connect()).send(post('y'.repeat(1_000_000), '/nowhere')).until('404')).toContain('404')
    ;(await connect()).send(post('y'.repeat(1_000_000)))
    await untilInvoked(6)
  })

  test('of clients that went away give their memory back', async () => {
    await start({}, { bodyBytes: 100, allBodiesBytes: 100 })
    const gone = await connect()
    gone.send('POST /invoke HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
    gone.destroy()
    ;(await connect()).send(post('1'.repeat(100)))
    await untilInvoked(1)
  })

  test('that would have to wait deliver the records that wait for their batch', async () => {
    await start({ batchWindowMs: 300_000 }, { bodyBytes: 100, allBodiesBytes: 150 })
    const first = send(0, 'a'.repeat(100))
    while (!(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).includes('"waiting":1')) await turn()
    const second = send(1, 'b'.repeat(100))
    await untilInvoked(1)
    invocations[0]?.end.resolve(undefined)
    expect((await first).status).toBe(204)
    const stopped = server.stop()
    await untilInvoked(2)
    invocations[1]?.end.resolve(undefined)
    expect((await second).status).toBe(204)
    await stopped
  })
})

describe('a stop', () => {
  // One unfinished body held up SIGTERM until Kubernetes killed the process, with what it was delivering.
  test('answers what runs, and doesn’t wait for a body that doesn’t end', async () => {
    await start({}, { stopMs: 0 })
    const [running, unfinished] = await Promise.all([connect(), connect()])
    unfinished.send('POST /invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf')
    running.send(post('event'))
    await untilInvoked(1)
    const stopped = server.stop()
    await sleep(2)
    invocations[0]?.end.resolve('done')
    expect(await running.until('"done"')).toMatch(/^connection: close/im)
    await stopped
    await unfinished.untilClosed()
  })

  test('ends though an invocation doesn’t', async () => {
    await start({ timeoutMs: 20 })
    const running = await connect()
    running.send(post('event'))
    await untilInvoked(1)
    await server.stop()
    await running.untilClosed()
  })
})

describe('records of a KafkaSource', () => {
  test.each([
    ['an offset beyond 2⁵³, which is that of other records, too', '9007199254740993', '/apis/v1#orders'],
    ['no topic, which made a folder without a name', 1, '/apis/v1#'],
    ['no topic at all', 1, '/apis/v1'],
  ])('with %s are refused', async (_, offset, source) => {
    await start()
    const response = await send(offset, 'v', source)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errorType: 'EVENT_UNKNOWN' })
  })

  // It was answered with 204, while only the first one's bytes were stored.
  test('with the place of another one are refused, while that one is on its way', async () => {
    await start()
    const first = send(7, 'one')
    await untilInvoked(1)
    const other = await send(7, 'other')
    expect(other.status).toBe(400)
    expect(await other.json()).toMatchObject({ errorType: 'RECORD_CONFLICT' })
    invocations[0]?.end.resolve(undefined)
    expect((await first).status).toBe(204)
    expect(invocations).toHaveLength(1)
  })
})
