import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server that can be cut. */
export interface SwitchedProxy {
  /** The server's URL by this way. */
  endpoint: string
  /** Breaks all connections, and refuses others until {@link join}. */
  cut(): void
  join(): void
  stop(): void
}

/** @param url of a server without TLS on this machine */
export async function startSwitchedProxy(url: string): Promise<SwitchedProxy> {
  const { port, hostname } = new URL(url)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(client => {
    if (isCut) return void client.destroy()
    const sides = [client, connect(Number(port), hostname)]
    for (const side of sides) {
      sockets.add(side)
      side.on('error', () => {})
      side.on('close', () => {
        sockets.delete(side)
        for (const other of sides) other.destroy()
      })
    }
    const [near, far] = sides as [Socket, Socket]
    near.pipe(far).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = () => sockets.forEach(socket => void socket.destroy())
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      breakAll()
    },
    join() {
      isCut = false
    },
    stop() {
      server.close()
      breakAll()
    },
  }
}
