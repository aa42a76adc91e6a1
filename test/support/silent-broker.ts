import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

const API_VERSIONS = 18
/** The versions that kafkajs asks in; the other client asks in later ones. */
const KAFKAJS_VERSIONS = 2

/** The way to a broker on which the first connection of kafkajs never gets an answer, and stays open. Others pass. */
export class SilentBroker implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer(socket => this.#accept(socket))
  readonly #broker: { host: string; port: number }
  /** Whether the connection without an answer has been opened. */
  wasSilent = false

  /** @param broker `host:port` */
  constructor(broker: string) {
    const [host = '', port] = broker.split(':')
    this.#broker = { host, port: Number(port) }
  }

  /** @returns `host:port` */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #accept(socket: Socket): void {
    this.#keep(socket)
    socket.once('data', (request: Buffer) => {
      // A request begins with its size (4 bytes), the key of the API and its version (2 each).
      const isKafkajs = request.readInt16BE(4) === API_VERSIONS && request.readInt16BE(6) <= KAFKAJS_VERSIONS
      if (isKafkajs && !this.wasSilent) this.wasSilent = true
      else {
        const broker = this.#keep(connect(this.#broker))
        broker.write(request)
        socket.pipe(broker).pipe(socket)
      }
    })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}
