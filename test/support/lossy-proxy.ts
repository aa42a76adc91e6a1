import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Numbers of requests. Source: Apache Kafka, protocol guide, "API keys". */
export const PRODUCE = 0
export const LIST_OFFSETS = 2
export const OFFSET_COMMIT = 8
export const OFFSET_FETCH = 9
export const FIND_COORDINATOR = 10
export const JOIN_GROUP = 11
export const HEARTBEAT = 12
export const API_VERSIONS = 18
export const INIT_PRODUCER_ID = 22
export const CREATE_TOPICS = 19
export const END_TRANSACTION = 26
export const CREATE_PARTITIONS = 37

const HOST = '127.0.0.1'

/** A network between a client and one broker that loses things. Brokers' addresses in answers become the proxy's. */
export interface LossyProxy {
  brokers: string[]
  /** How often the next such request or the broker's answer to it is lost, together with its connection. */
  losses: number
  /** How many requests of each kind there were. */
  requests: Map<number, number>
  /** How much later the broker's answers arrive, in milliseconds, as from another region. */
  delayMs: number
  /**
   * Holds the next such request, or the answer to it, and all that follows on its connection.
   *
   * @param below only a request in a version of the API before this one; clients differ in the versions that they ask in
   * @returns when it has begun, and a function that lets everything continue
   */
  hold(kind: number, way: 'request' | 'answer', below?: number): { begun: Promise<void>; release(): void }
  /** Breaks all connections, as a broker that closes idle ones. */
  disconnect(): void
  stop(): Promise<void>
}

/**
 * @param broker `host:port` of a listener without TLS
 * @param lost the kind of request that losses are about
 * @param way which of the two is lost
 */
export async function startLossyProxy(
  broker: string,
  lost = PRODUCE,
  way: 'request' | 'answer' = 'answer',
): Promise<LossyProxy> {
  const port = Number(broker.split(':')[1])
  const sockets = new Set<Socket>()
  let next: Held | undefined
  const server = createServer(client => {
    const upstream = connect(port, HOST)
    const sides = [client, upstream]
    for (const socket of sides) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => sides.forEach(side => void side.destroy()))
    }
    const requests = requestKinds()
    let asked = 0
    let held: Held | undefined
    const pass = (way: Held['way'], forward: () => void) =>
      held?.way === way && !held.isReleased ? held.waiting.push(forward) : forward()
    const loses = () => {
      if (asked === 0 || proxy.losses === 0) return false
      proxy.losses -= 1
      client.destroy()
      return true
    }
    client.on('data', chunk => {
      for (const { kind, version } of requests(chunk)) {
        proxy.requests.set(kind, (proxy.requests.get(kind) ?? 0) + 1)
        if (kind === lost) asked += 1
        if (next?.kind !== kind || version >= next.below) continue
        ;[held, next] = [next, undefined]
        held.begin()
      }
      if (way === 'answer' || !loses()) pass('request', () => upstream.destroyed || upstream.write(chunk))
    })
    upstream.on('data', chunk => {
      if (way !== 'request' && loses()) return
      const answer = withPort(chunk, port, own)
      if (proxy.delayMs === 0) pass('answer', () => client.destroyed || client.write(answer))
      else setTimeout(() => client.destroyed || client.write(answer), proxy.delayMs)
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const own = (server.address() as AddressInfo).port
  const proxy = {
    brokers: [`${HOST}:${own}`],
    losses: 0,
    delayMs: 0,
    requests: new Map<number, number>(),
    hold(kind: number, way: Held['way'], below = Number.POSITIVE_INFINITY) {
      const begun = Promise.withResolvers<void>()
      const hold: Held = { kind, way, below, begin: begun.resolve, isReleased: false, waiting: [] }
      next = hold
      const release = () => {
        hold.isReleased = true
        for (const forward of hold.waiting.splice(0)) forward()
      }
      return { begun: begun.promise, release }
    },
    disconnect() {
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    async stop() {
      proxy.disconnect()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

interface Held {
  kind: number
  way: 'request' | 'answer'
  below: number
  begin(): void
  isReleased: boolean
  /** In order. */
  waiting: (() => void)[]
}

/** Gets the bytes of one connection's requests and tells the API keys and versions of those that begin in them. */
function requestKinds(): (chunk: Buffer) => { kind: number; version: number }[] {
  let pending = Buffer.alloc(0)
  let left = 0
  return chunk => {
    const kinds: { kind: number; version: number }[] = []
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      const passed = Math.min(left, pending.length)
      pending = pending.subarray(passed)
      left -= passed
      if (pending.length < 8) return kinds
      kinds.push({ kind: pending.readInt16BE(4), version: pending.readInt16BE(6) })
      left = 4 + pending.readInt32BE(0)
    }
  }
}

function withPort(chunk: Buffer, from: number, to: number): Buffer {
  const address = (port: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(port)
    return Buffer.concat([Buffer.from(HOST), bytes])
  }
  for (let at = chunk.indexOf(address(from)); at >= 0; at = chunk.indexOf(address(from))) address(to).copy(chunk, at)
  return chunk
}
