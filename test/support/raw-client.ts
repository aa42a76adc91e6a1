import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A TCP connection on which a test sends whatever bytes it likes. It never closes its own side unless it is told to. */
export class RawClient {
  readonly socket: Socket
  #received = ''
  readonly #closed: Promise<unknown>

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('latin1').on('data', text => {
      this.#received += text
    })
    // A server that has destroyed the connection answers further bytes with a reset.
    socket.on('error', () => {})
    this.#closed = once(socket, 'close').catch(() => {})
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const client = new RawClient(socket)
    await once(socket, 'connect').catch(() => {})
    return client
  }

  send(text: string): this {
    this.socket.write(text)
    return this
  }

  /** Everything received, as soon as it contains the text. */
  async until(text: string): Promise<string> {
    while (!this.#received.includes(text)) await once(this.socket, 'data')
    return this.#received
  }

  /** Everything received until the server has closed both its sides, which it has when it refuses what still comes. */
  async untilClosed(): Promise<string> {
    if (!this.socket.readableEnded && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'end'), this.#closed])
    const probe = setInterval(() => this.socket.write('x'), 5)
    await this.#closed
    clearInterval(probe)
    return this.#received
  }

  destroy(): void {
    this.socket.destroy()
  }
}
