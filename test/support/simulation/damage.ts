import type { ErrorCode } from '../../../lib/error.ts'
import { STAGING_FOLDER } from '../../../lib/staging/name.ts'
import { isVisible, type Laws } from './laws.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimulatedObject, SimulatedStore } from './store.ts'

const kinds: ((body: Buffer, random: Random) => Buffer | undefined)[] = [
  (body, random) => {
    const damaged = Buffer.from(body)
    const position = random.below(body.length)
    damaged[position] = (damaged[position] ?? 0) ^ 0x55
    return damaged
  },
  (body, random) => body.subarray(0, random.below(body.length)),
  // Somebody deleted it by hand.
  () => undefined,
]

/** Damages staged objects, and undoes it. */
export class Damage {
  /** Why a worker may fail. */
  readonly reasons: ErrorCode[] = []
  readonly #random: Random
  readonly #store: SimulatedStore
  readonly #laws: Laws
  readonly #originals = new Map<string, SimulatedObject>()
  readonly #damaged = new Set<string>()
  #left: number
  #at: number

  constructor(random: Random, store: SimulatedStore, laws: Laws, count: number) {
    this.#random = random
    this.#store = store
    this.#laws = laws
    this.#left = count
    this.#at = count > 0 ? random.between(5, 100) : 0
  }

  /** Whether the object is one that was damaged, or a copy of it. What people read may be its frame alone, which is whole. */
  is(key: string, { etag }: SimulatedObject): boolean {
    return !isVisible(key) && this.#damaged.has(etag)
  }

  /** Damages an object if it is time for that. */
  maybe({ steps, trace }: Scheduler): void {
    if (this.#left === 0 || steps < this.#at) return
    const keys = this.#store.keys(`${STAGING_FOLDER}/`)
    if (keys.length === 0) return
    this.#left--
    const key = this.#random.pick(keys)
    const object = this.#store.objects.get(key) as SimulatedObject
    const body = this.#random.pick(kinds)(object.body, this.#random)
    // Whoever has listed an object before it was deleted finds it missing.
    this.reasons.push('STAGED_OBJECT_DAMAGED', 'STORE_OBJECT_MISSING')
    this.#originals.set(key, object)
    for (const { id } of this.#laws.contents(object)) this.#laws.damaged.add(id)
    trace?.push(`${key} is ${body ? 'damaged' : 'deleted by hand'}`)
    if (body) this.#damaged.add(this.#store.write(key, body, object.metadata, object.modified).etag)
    else this.#store.remove(key)
  }

  /** Nothing is damaged any more. Under `fail` somebody puts the object back, as nothing continues without it. */
  async end(policy: 'fail' | 'log'): Promise<void> {
    this.#left = 0
    if (policy === 'log') return
    for (const [key, { body, metadata, modified }] of this.#originals) this.#store.write(key, body, metadata, modified)
    this.#originals.clear()
    await this.#laws.check()
    this.#laws.damaged.clear()
  }
}
