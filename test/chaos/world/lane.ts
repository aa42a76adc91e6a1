import type { Socket } from 'node:net'
import type { Way, Weather } from './weather.ts'

/** What one connection may have under way in one direction, in bytes; about what operating systems buffer for a connection. */
const MOST_UNDER_WAY = 256 * 1024

/** What is on its way: bytes, or the end of what the sender has to say. */
interface Parcel {
  bytes: Buffer | undefined
  /** On the clock of `performance.now()`. */
  arrivesAt: number
}

/** One direction of a connection through a proxy. Bytes arrive in order, when the weather lets them. */
export class Lane {
  /** Whether something of it was swallowed, so that the receiver can never get all. */
  hasLost = false
  readonly #from: Socket
  readonly #to: Socket
  readonly #way: Way
  readonly #weather: Weather
  #parcels: Parcel[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(from: Socket, to: Socket, way: Way, weather: Weather) {
    this.#from = from
    this.#to = to
    this.#way = way
    this.#weather = weather
    from.on('data', bytes => this.#take(bytes))
    from.on('end', () => this.#take(undefined))
    from.on('error', () => this.#fail())
    to.on('drain', () => from.resume())
  }

  /** Everything that is on its way arrives now. */
  hurry(): void {
    for (const parcel of this.#parcels) parcel.arrivesAt = 0
    this.#deliver()
  }

  /** Nothing arrives any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#parcels = []
  }

  #take(bytes: Buffer | undefined): void {
    this.#weather.pieces += 1
    if (this.#weather.swallows[this.#way]) {
      this.hasLost = true
      return
    }
    // After a gap the rest would be garbage.
    if (this.hasLost) return
    const size = bytes?.length ?? 0
    const arrivesAt = this.#weather.arrivalOf(this.#way, size)
    if (this.#parcels.length === 0 && arrivesAt <= performance.now()) {
      this.#hand(bytes)
      return
    }
    // A delay that became shorter must not let later bytes overtake.
    const last = this.#parcels.at(-1)?.arrivesAt ?? 0
    this.#parcels.push({ bytes, arrivesAt: Math.max(arrivesAt, last) })
    this.#bytes += size
    if (this.#bytes > MOST_UNDER_WAY) this.#from.pause()
    this.#wait()
  }

  /** The sender’s connection broke. The receiver learns that, unless the network swallows everything. */
  #fail(): void {
    if (this.#weather.swallows[this.#way]) {
      this.hasLost = true
      return
    }
    this.close()
    this.#to.resetAndDestroy()
  }

  #hand(bytes: Buffer | undefined): void {
    if (this.#to.destroyed || this.#to.writableEnded) return
    if (bytes === undefined) this.#to.end()
    else if (!this.#to.write(bytes)) this.#from.pause()
  }

  #wait(): void {
    clearTimeout(this.#timer)
    const [next] = this.#parcels
    if (next === undefined) return
    this.#timer = setTimeout(() => this.#deliver(), Math.max(0, next.arrivesAt - performance.now()))
  }

  #deliver(): void {
    const now = performance.now()
    let due = 0
    for (const { bytes, arrivesAt } of this.#parcels) {
      if (arrivesAt > now) break
      due += 1
      this.#bytes -= bytes?.length ?? 0
      this.#hand(bytes)
    }
    this.#parcels.splice(0, due)
    if (this.#bytes <= MOST_UNDER_WAY && !this.#to.writableNeedDrain) this.#from.resume()
    this.#wait()
  }
}
