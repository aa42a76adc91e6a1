import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { hedged } from '../../../lib/s3/hedge.ts'
import type { StoreSettings } from '../../../lib/s3/settings.ts'
import { createStore } from '../../../lib/s3/store.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

const object = { key: 'orders/1', body: Buffer.from('the records'), contentType: 'application/json', metadata: {} }

/** An invocation's time, of which a request waits a quarter for its answer. */
const LEFT_MS = 8_000

describe('when a request is sent once more', () => {
  const answer = (statusCode: number) => ({ response: { statusCode } }) as never

  /** A request that is answered after some time, and what became of it. */
  function request(afterMs: number | undefined, statusCode = 200) {
    const state = { sent: [] as number[], aborted: 0 }
    const send = (signal: AbortSignal) =>
      new Promise<never>((resolve, reject) => {
        state.sent.push(Date.now())
        if (afterMs !== undefined) setTimeout(() => resolve(answer(statusCode)), afterMs)
        signal.addEventListener('abort', () => {
          state.aborted += 1
          reject(new Error('aborted'))
        })
      })
    return { state, send }
  }

  async function race(first: ReturnType<typeof request>, again: ReturnType<typeof request>, leftMs = 20_000) {
    const time = new VirtualTime()
    const start = time.now
    const { response } = await time.run(() => hedged(first.send, again.send, start + leftMs))
    const sent = again.state.sent.map(at => at - start)
    return { status: response.statusCode, tookMs: time.now - start, sent, timers: time.pending }
  }

  test('not when it is answered in a quarter of the time', async () => {
    expect(await race(request(4_900), request(0))).toEqual({ status: 200, tookMs: 4_900, sent: [], timers: 0 })
  })

  test('after a quarter of the time, and the answer of a lost connection isn’t waited for', async () => {
    const lost = request(undefined)
    expect(await race(lost, request(100))).toMatchObject({ tookMs: 5_100, sent: [5_000] })
    expect(lost.state.aborted).toBe(1)
  })

  test('a store that is slow isn’t cut: its first answer wins, and the other request is ended', async () => {
    const again = request(8_500)
    expect(await race(request(8_500), again)).toMatchObject({ tookMs: 8_500, sent: [5_000] })
    expect(again.state.aborted).toBe(1)
  })

  test('a refusal of the second request doesn’t end the first one', async () => {
    expect(await race(request(8_500), request(10, 503))).toMatchObject({ status: 200, tookMs: 8_500 })
  })

  test('after such a refusal it is sent again', async () => {
    const { sent, tookMs } = await race(request(18_000), request(10, 503))
    expect([sent, tookMs]).toEqual([[5_000, 10_010, 15_020], 18_000])
  })

  test('an object that exists already is an answer: the first request may have made it', async () => {
    expect(await race(request(undefined), request(10, 412))).toMatchObject({ status: 412, tookMs: 5_010 })
  })

  test('the first one’s refusal is the answer, so that it is repeated with its pauses', async () => {
    expect(await race(request(6_000, 503), request(undefined))).toMatchObject({ status: 503, tookMs: 6_000 })
  })
})

describe('with a store', () => {
  let close: () => void = () => {}
  afterEach(() => close())

  /** A store whose requests the test answers, and the settings to reach it. */
  async function startStore(handle: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
    const server = createServer(async (request, response) => {
      const chunks = await Array.fromAsync(request).catch(() => [])
      handle(request, response, Buffer.concat(chunks).toString())
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    close = () => {
      server.closeAllConnections()
      server.close()
    }
    return settingsOf((server.address() as AddressInfo).port)
  }

  const settingsOf = (port: number): StoreSettings => ({
    ...{ bucket: 'lake', region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true },
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    checksum: 'none',
  })

  const stored = (response: ServerResponse) => response.setHeader('ETag', '"e"').end()

  test('a connection that a network has dropped costs a part of the time: a new one is used', async () => {
    let requests = 0
    const { endpoint = '' } = await startStore((_, response) => {
      requests += 1
      stored(response)
    })
    // A network that swallows everything on the first connection, and passes on the others.
    const connections: Socket[] = []
    const network = createTcpServer(socket => {
      connections.push(socket)
      socket.on('error', () => {})
      if (connections.length === 1) return
      socket.pipe(connect(Number(new URL(endpoint).port), '127.0.0.1')).pipe(socket)
    })
    await new Promise<void>(resolve => network.listen(0, '127.0.0.1', resolve))
    try {
      const store = createStore(settingsOf((network.address() as AddressInfo).port))
      await store.put(object, { deadline: Date.now() + LEFT_MS })
      expect([connections.length, requests]).toEqual([2, 1])
    } finally {
      for (const socket of connections) socket.destroy()
      network.close()
    }
  })

  test('a slow store has one object in the end, whichever of the two requests it answers', async () => {
    const bodies = new Map<string, string>()
    const seen: ServerResponse[] = []
    const settings = await startStore(({ url = '' }, response, body) => {
      bodies.set(url, body)
      // Answers the first request when it has the second one.
      if (seen.push(response) === 2) stored(seen[0] as ServerResponse)
    })
    await createStore(settings).put(object, { deadline: Date.now() + LEFT_MS })
    expect([...bodies.values()]).toEqual(['the records'])
    expect(seen).toHaveLength(2)
  })

  test('that keeps existing objects, one that the first request has made counts as written', async () => {
    const seen: string[] = []
    const settings = await startStore(({ method = '', headers }, response) => {
      seen.push(`${method} ${headers['if-none-match'] ?? ''}`)
      if (method === 'GET') response.setHeader('ETag', '"e"').end(object.body)
      // The first request is stored, but its answer is lost.
      else if (seen.length > 1) response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>')
    })
    await createStore({ ...settings, ifNoneMatch: true }).put(object, { deadline: Date.now() + LEFT_MS })
    expect(seen).toEqual(['PUT *', 'PUT *', 'GET '])
  })

  test('an upload in parts sends parts once more, but neither begins nor completes it twice', async () => {
    const seen: string[] = []
    const settings = await startStore(({ method = '', url = '' }, response) => {
      const part = /partNumber=(\d+)/.exec(url)?.[1]
      const step = method === 'PUT' ? `part ${part}` : url.includes('uploads') ? 'create' : 'complete'
      seen.push(step)
      if (step === 'create')
        response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
      else if (step === 'complete')
        response.end('<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>')
      else if (step !== 'part 1' || seen.filter(other => other === step).length > 1) stored(response)
    })
    const body = Buffer.alloc(11 * 1024 ** 2)
    const parted = { ...settings, partSize: 6 * 1024 ** 2, expectContinue: false }
    await createStore(parted).put({ ...object, body }, { deadline: Date.now() + LEFT_MS })
    expect(seen.filter(step => step === 'part 1').length).toBeGreaterThan(1)
    expect(seen.filter(step => !step.startsWith('part'))).toEqual(['create', 'complete'])
  })

  test('without a deadline nothing is sent twice', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let requests = 0
    const settings = await startStore((_, response) => {
      requests += 1
      void promise.then(() => stored(response))
    })
    const put = createStore(settings).put(object)
    setTimeout(resolve, LEFT_MS / 4)
    await put
    expect(requests).toBe(1)
  })
})
