import { setTimeout as sleep } from 'node:timers/promises'
import { numberOf } from '../load/numbered-record.ts'
import type { FoundRecord } from './found.ts'

/** What a reader sees at one moment: the numbers of the records of each object, or of each partition of a target. */
export type View = ReadonlyMap<string, readonly string[]>

/** A reader that looks again and again. */
export interface Viewer extends AsyncDisposable {
  /**
   * What is to be seen now. What was seen before, and is the same, has the same list of numbers: only what is new is read.
   *
   * @throws when something that readers see can't be read
   */
  look(): Promise<View>
}

/** What a reader has seen who looked again and again. */
export interface Sightings {
  looks: number
  /** Records that were to be seen when the looks ended. */
  seen: number
  /** Records that were to be seen more often than once at a moment. */
  twice: number
  /** Records that were to be seen at a moment, and not at a later one. */
  vanished: number
  /** Looks at which something could not be read. */
  unreadable: number
}

/** From one look to the next, in milliseconds. */
const BETWEEN_LOOKS_MS = 1_000

/** Looks at a sink as its readers do, about once a second while a run lasts, and in the end. */
export class Moments {
  readonly #viewer: Viewer
  readonly #ended = new AbortController()
  readonly #looking: Promise<void>
  readonly #twice = new Set<string>()
  readonly #vanished = new Set<string>()
  #looks = 0
  #seen = 0
  #unreadable = 0
  #last: View = new Map()
  #visible = new Set<string>()

  /**
   * @param say gets why something could not be read
   * @param pauseMs from one look to the next
   */
  constructor(viewer: Viewer, say: (line: string) => void, pauseMs = BETWEEN_LOOKS_MS) {
    this.#viewer = viewer
    this.#looking = this.#look(say, pauseMs)
  }

  get sightings(): Sightings {
    const [twice, vanished] = [this.#twice.size, this.#vanished.size]
    return { looks: this.#looks, seen: this.#seen, twice, vanished, unreadable: this.#unreadable }
  }

  /** Ends the looks. What follows is {@link last}. */
  async stop(): Promise<void> {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    await this.#looking
    this.#seen = this.#visible.size
    await this.#viewer[Symbol.asyncDispose]()
  }

  /** Passes on what a reader finds who reads everything in the end: that is the last moment. */
  async *last(found: AsyncIterable<FoundRecord>): AsyncIterable<FoundRecord> {
    const view = new Map<string, string[]>()
    for await (const record of found) {
      const number = numberOf(record.headers)
      const container = record.place.slice(0, record.place.lastIndexOf(' '))
      const numbers = view.get(container) ?? []
      if (number !== undefined) numbers.push(number)
      view.set(container, numbers)
      yield record
    }
    this.#see(view)
  }

  async #look(say: (line: string) => void, pauseMs: number): Promise<void> {
    const { signal } = this.#ended
    while (!signal.aborted) {
      try {
        this.#see(await this.#viewer.look())
      } catch (error) {
        this.#looks += 1
        this.#unreadable += 1
        say(`a reader failed: ${error}`)
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  #see(view: View): void {
    this.#looks += 1
    if (isSame(view, this.#last)) return
    const visible = new Set<string>()
    for (const number of Array.from(view.values()).flat()) {
      if (visible.has(number)) this.#twice.add(number)
      visible.add(number)
    }
    for (const number of this.#visible.difference(visible)) this.#vanished.add(number)
    this.#last = view
    this.#visible = visible
  }
}

function isSame(view: View, other: View): boolean {
  return view.size === other.size && view.entries().every(([container, numbers]) => other.get(container) === numbers)
}
