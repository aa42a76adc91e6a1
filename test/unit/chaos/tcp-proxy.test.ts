import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { freePorts } from '../../../local/ports.ts'
import { startTcpProxy, type TcpProxy } from '../../chaos/world/tcp-proxy.ts'

/** Answers with what it gets, and emits `got` then. */
let echo: Server
let clients: Set<Socket>
let port: number
let proxy: TcpProxy

beforeEach(async () => {
  clients = new Set()
  echo = createServer(socket => {
    clients.add(socket)
    socket.on('error', () => {})
    socket.on('data', bytes => {
      socket.write(bytes)
      echo.emit('got', bytes)
    })
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const [free = 0] = await freePorts(1)
  port = free
  proxy = await startTcpProxy(port, (echo.address() as AddressInfo).port)
})

afterEach(async () => {
  await proxy.stop()
  for (const client of clients) client.destroy()
  echo.close()
})

async function open(to = port): Promise<Socket> {
  const socket = connect({ port: to, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}

/** Waits until the proxy has taken what was sent to it before: what comes back from the server itself comes later. */
async function untilTaken(): Promise<void> {
  const direct = await open((echo.address() as AddressInfo).port)
  for (let times = 0; times < 3; times += 1) await roundTrip(direct, Buffer.from('direct'))
}

/** Sends bytes, and waits until as many came back. */
async function roundTrip(socket: Socket, bytes: Buffer): Promise<Buffer> {
  const answers: Buffer[] = []
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const take = (part: Buffer) => {
    answers.push(part)
    if (Buffer.concat(answers).length >= bytes.length) resolve(Buffer.concat(answers))
  }
  socket.on('data', take)
  socket.write(bytes)
  const answer = await promise
  socket.off('data', take)
  return answer
}

/** How a connection ends: the error’s code, and what came before it. */
async function endOf(socket: Socket): Promise<{ code: string; received: number }> {
  let received = 0
  socket.on('data', ({ length }) => {
    received += length
  })
  const [error] = await once(socket, 'error')
  return { code: error.code, received }
}

async function timeOf(doing: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await doing
  return performance.now() - began
}

const ping = Buffer.from('ping')
const many = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => at % 251))

test('without a fault, all bytes pass as they are', async () => {
  const socket = await open()
  expect((await roundTrip(socket, many)).equals(many)).toBe(true)
  const ended = once(socket, 'end')
  socket.end()
  await ended
})

test('connections are reset, and new ones work', async () => {
  const [socket, other] = [await open(), await open()]
  await Promise.all([roundTrip(socket, ping), roundTrip(other, ping)])
  const ends = Promise.all([endOf(socket), endOf(other)])
  proxy.reset()
  expect((await ends).map(({ code }) => code)).toEqual(['ECONNRESET', 'ECONNRESET'])
  expect(await roundTrip(await open(), ping)).toEqual(ping)
})

test('connections are refused, open ones are broken, and the same port works when it is healed', async () => {
  const socket = await open()
  await roundTrip(socket, ping)
  const end = endOf(socket)
  proxy.refuse()
  expect((await end).code).toBe('ECONNRESET')
  await expect(open()).rejects.toThrow('ECONNREFUSED')
  proxy.heal()
  expect(await roundTrip(await open(), ping)).toEqual(ping)
})

test('each way takes as long as the delay says, until it is healed', async () => {
  const socket = await open()
  proxy.delay(150)
  expect(await timeOf(roundTrip(socket, ping))).toBeGreaterThanOrEqual(300)
  proxy.delay(60_000)
  const answer = roundTrip(socket, ping)
  await untilTaken()
  proxy.heal()
  expect(await answer).toEqual(ping)
})

test('answers that are swallowed never arrive, though the server has got the request and connections stay open', async () => {
  const socket = await open()
  await roundTrip(socket, ping)
  proxy.swallow('answers')
  // A half-open network still accepts connections, and takes what is sent.
  const other = await open()
  const ends = Promise.all([endOf(socket), endOf(other)])
  for (const each of [socket, other]) {
    const got = once(echo, 'got')
    each.write(ping)
    expect((await got)[0]).toEqual(ping)
  }
  await untilTaken()
  expect([socket.destroyed, other.destroyed]).toEqual([false, false])
  proxy.heal()
  expect(await ends).toEqual(Array(2).fill({ code: 'ECONNRESET', received: 0 }))
})

test('requests that are swallowed don’t reach the server', async () => {
  const socket = await open()
  await roundTrip(socket, ping)
  const got: string[] = []
  echo.on('got', bytes => got.push(String(bytes)))
  proxy.swallow('requests')
  const end = endOf(socket)
  socket.write('lost')
  await untilTaken()
  expect(socket.destroyed).toBe(false)
  proxy.heal()
  expect(await end).toEqual({ code: 'ECONNRESET', received: 0 })
  expect(got).not.toContain('lost')
  expect(await roundTrip(await open(), ping)).toEqual(ping)
})

test('a narrow network carries so many bytes a second, all connections together', async () => {
  const [socket, other] = [await open(), await open()]
  proxy.limit(100_000)
  const bytes = many.subarray(0, 25_000)
  const time = await timeOf(Promise.all([roundTrip(socket, bytes), roundTrip(other, bytes)]))
  expect(time).toBeGreaterThanOrEqual(500)
  proxy.heal()
  // Ten seconds' worth.
  expect(await timeOf(roundTrip(socket, many))).toBeLessThan(8_000)
})

test('a connection to a server that isn’t there is broken', async () => {
  for (const client of clients) client.destroy()
  echo.close()
  const socket = await open()
  expect((await endOf(socket)).code).toBe('ECONNRESET')
})
