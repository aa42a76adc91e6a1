import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { createStore } from '../../../lib/s3/store.ts'

const BODY_BYTES = 20 * 1024 ** 2

// A busy store answers before it has read the body. The SDK sends the request again over another connection, and once that has
// succeeded the body is freed: the first connection went on with whatever was in its memory by then.
test('a connection that was answered before the body was sent ends with the answer', async () => {
  const sockets: Socket[] = []
  const received: Buffer[] = []
  const server = net.createServer(socket => {
    socket.on('error', () => {})
    const isFirst = sockets.push(socket) === 1
    if (isFirst) answerAtOnce(socket, received)
    else answerInTheEnd(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const store = createStore({
    ...{ bucket: 'lake', region: 'eu-west-1', forcePathStyle: true, expectContinue: false, checksum: 'none' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  })
  try {
    const body = Buffer.alloc(BODY_BYTES, 'A')
    await store.put({ key: 'orders.json', body, contentType: 'application/json', metadata: {} })
    const [first] = sockets as [Socket]
    first.resume()
    while (!first.closed && lengthOf(received) < BODY_BYTES)
      await Promise.race([once(first, 'close'), once(first, 'data')])
    expect(lengthOf(received)).toBeLessThan(BODY_BYTES)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

function lengthOf(pieces: Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

function answerAtOnce(socket: Socket, received: Buffer[]): void {
  const error = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
  socket.on('data', bytes => received.push(bytes))
  socket.once('data', () => {
    socket.pause()
    socket.write(
      `HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\ncontent-length: ${error.length}\r\n\r\n${error}`,
    )
  })
}

function answerInTheEnd(socket: Socket): void {
  let length = 0
  socket.on('data', bytes => {
    length += bytes.length
    if (length > BODY_BYTES) socket.end('HTTP/1.1 200 OK\r\netag: "1"\r\ncontent-length: 0\r\n\r\n')
  })
}
