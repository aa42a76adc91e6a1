import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Connection } from './connection.ts'
import { Weather } from './weather.ts'

/** The faults of a network between clients and one server. Each holds until {@link heal}; several may hold at once. */
export interface NetworkFaults {
  /** How many pieces of data have come, and connections were broken, since the proxy began. */
  readonly met: number
  /** Breaks all connections now. */
  reset(): void
  /** Refuses connections, and breaks those that are open. */
  refuse(): void
  /** Delays what passes, in each direction, in milliseconds. */
  delay(milliseconds: number): void
  /** Swallows what passes in a direction; connections stay open, and new ones are accepted. */
  swallow(way: 'requests' | 'answers' | 'both'): void
  /** Lets through at most so many bytes a second in each direction, all connections together. */
  limit(bytesPerSecond: number): void
  /** Ends all of them. Connections that lost something are broken, as a real network's are in the end. */
  heal(): void
}

/** A proxy before a server of this machine: it changes no byte, so clients must know its port as the server's. */
export interface TcpProxy extends NetworkFaults {
  stop(): Promise<void>
}

const HOST = '127.0.0.1'

/**
 * @param port where clients connect
 * @param serverPort where the server listens, which may begin later
 */
export async function startTcpProxy(port: number, serverPort: number): Promise<TcpProxy> {
  const weather = new Weather()
  const connections = new Set<Connection>()
  let broken = 0
  // A connection is half open while one side has ended: what the other one has yet to say must arrive.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const upstream = connect({ port: serverPort, host: HOST, allowHalfOpen: true, noDelay: true })
    const connection = new Connection(client, upstream, weather, () => connections.delete(connection))
    connections.add(connection)
  })
  server.listen(port, HOST)
  await once(server, 'listening')
  const breakAll = () => {
    broken += connections.size
    for (const connection of connections) connection.break()
  }
  return {
    get met() {
      return weather.pieces + broken
    },
    reset: breakAll,
    refuse() {
      server.close()
      breakAll()
    },
    delay(milliseconds) {
      weather.delayMs = milliseconds
    },
    swallow(way) {
      weather.swallows = { requests: way !== 'answers', answers: way !== 'requests' }
    },
    limit(bytesPerSecond) {
      weather.limit(bytesPerSecond)
    },
    heal() {
      weather.clear()
      if (!server.listening) server.listen(port, HOST)
      for (const connection of connections) connection.heal()
    },
    async stop() {
      breakAll()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}
