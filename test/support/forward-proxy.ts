import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { generate } from 'selfsigned'

/** A request that came through the proxy. */
export interface ProxiedRequest {
  /** What the proxy was asked for: `host:port` of a tunnel, or a whole URL. */
  target: string
  method: string
  /** Path and query. */
  url: string
  headers: IncomingMessage['headers']
}

/** An HTTP proxy on loopback that wants a user name and a password. */
export interface ForwardProxy {
  url: string
  /** The certificate that AWS's hosts have here, in PEM. */
  certificate: string
  requests: ProxiedRequest[]
  /** What the next tunnels come to: a status, or nothing at all. */
  refusals: (number | 'closed')[]
  close(): Promise<void>
}

/**
 * What is asked of it by URL, the proxy passes on. A tunnel to AWS ends in the proxy: it answers each request there with
 * 200, since what counts is what AWS would have got.
 */
export async function startForwardProxy(user: string, password: string): Promise<ForwardProxy> {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const isAllowed = ({ headers }: IncomingMessage) => headers['proxy-authorization'] === expected
  const altNames = ['*.s3.eu-central-1.amazonaws.com', 's3.eu-central-1.amazonaws.com', '*.s3-accelerate.amazonaws.com']
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'AWS' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    extensions: [{ name: 'subjectAltName', altNames: altNames.map(value => ({ type: 2, value })) }],
  })
  const requests: ProxiedRequest[] = []
  const refusals: ForwardProxy['refusals'] = []
  const targets = new Map<number, string>()

  const aws = createTlsServer({ cert, key }, (incoming, response) => {
    const { method = '', url = '', headers, socket } = incoming
    requests.push({ target: targets.get(socket.remotePort as number) ?? '', method, url, headers })
    incoming.resume().on('end', () => response.writeHead(200, { etag: '"e"' }).end())
  })
  const awsPort = await listen(aws)

  const proxy = createServer((incoming, response) => {
    if (isAllowed(incoming)) void passOn(incoming, response).catch(() => response.destroy())
    else response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end()
  })
  proxy.on('connect', (incoming: IncomingMessage, client: Socket) => {
    const refusal = refusals.shift()
    if (refusal === 'closed') return client.destroy()
    if (refusal) return client.end(`HTTP/1.1 ${refusal} No tunnel\r\n\r\n`)
    if (!isAllowed(incoming)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const onward = connect(awsPort, '127.0.0.1', () => {
      targets.set(onward.localPort as number, incoming.url ?? '')
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      client.pipe(onward).pipe(client)
    })
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  })

  async function passOn(incoming: IncomingMessage, response: ServerResponse) {
    const { method = '', url = '', headers } = incoming
    const { pathname, search } = new URL(url)
    requests.push({ target: url, method, url: pathname + search, headers })
    const { 'proxy-authorization': _, 'proxy-connection': __, ...passed } = headers
    const onward = request(url, { method, headers: passed, setHost: false })
    await pipeline(incoming, onward)
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    await pipeline(answer, response)
  }

  const url = `http://127.0.0.1:${await listen(proxy)}`
  return {
    url,
    certificate: cert,
    requests,
    refusals,
    async close() {
      for (const server of [proxy, aws]) {
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      }
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
