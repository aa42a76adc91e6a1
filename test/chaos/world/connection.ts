import type { Socket } from 'node:net'
import { Lane } from './lane.ts'
import type { Weather } from './weather.ts'

/** One client's connection through a proxy: two sockets, and a lane in each direction. */
export class Connection {
  readonly #sockets: readonly Socket[]
  readonly #lanes: readonly Lane[]
  #isBroken = false

  /** @param onClose called once, when both sockets are closed */
  constructor(client: Socket, upstream: Socket, weather: Weather, onClose: () => void) {
    this.#sockets = [client, upstream]
    this.#lanes = [new Lane(client, upstream, 'requests', weather), new Lane(upstream, client, 'answers', weather)]
    let open = this.#sockets.length
    for (const socket of this.#sockets)
      socket.on('close', () => {
        open -= 1
        if (open === 0) onClose()
      })
  }

  /** Breaks it for both sides with RST, as a network device that has forgotten the connection does. */
  break(): void {
    // A socket that is still connecting is reset when it is connected.
    if (this.#isBroken) return
    this.#isBroken = true
    for (const lane of this.#lanes) lane.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Delivers what is still on its way, or breaks the connection if some of it is lost. */
  heal(): void {
    if (this.#lanes.some(({ hasLost }) => hasLost)) this.break()
    else for (const lane of this.#lanes) lane.hurry()
  }
}
