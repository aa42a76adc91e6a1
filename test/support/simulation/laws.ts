import type { SimulatedObject, StoreObserver } from './store.ts'

/** A record as it is found in an object. */
export interface Found {
  partition: number
  offset: number
  /** Tells it from every other record, also from one at the same place of a topic that was created again. */
  id: string
  /** Kafka's key, where the newest record of each is kept. */
  key?: string
}

/** The records of an object, decoded by the project's own readers; undefined for what holds no records (entries of the log). */
export type ObjectReader = (key: string, object: SimulatedObject) => Found[] | Promise<Found[]> | undefined

/** A law that does not hold. */
export class Violation extends Error {
  readonly law: string

  constructor(law: string, message: string) {
    super(`${law}: ${message}`)
    this.name = 'Violation'
    this.law = law
  }
}

interface Change {
  key: string
  now?: SimulatedObject
  before?: SimulatedObject
}

export const LAW = {
  twice: 'no reader sees an offset twice',
  order: 'in an object the records of a partition are in the order of their offsets',
  gone: 'nothing is deleted that is not elsewhere',
  bytes: 'two workers that do the same write the same bytes',
  there: 'in the end each record is there',
  fails: 'no worker fails without a reason',
}

/** Whether people read it: readers pass over folders that begin with an underscore. */
export const isVisible = (key: string) => !key.startsWith('_')

export const placeOf = ({ partition, offset }: Pick<Found, 'partition' | 'offset'>) => `${partition}:${offset}`

/**
 * Watches a bucket after each call. It knows nothing of the protocol: only what an object's records are, and which folders
 * readers pass over.
 */
export class Laws implements StoreObserver {
  /** How often each place is in the objects that people read. */
  readonly seen = new Map<string, number>()
  /** In how many objects each record is, wherever. */
  readonly held = new Map<string, number>()
  /** How often each record is in the objects that people read. */
  readonly visible = new Map<string, number>()
  /** Records that the test itself made unreadable. */
  readonly damaged = new Set<string>()
  /** Whether a record may be gone, because a newer one of its key is there. */
  superseded: (id: string) => boolean = () => false
  /** Whether entry n was decided to be carried out without a damaged input. */
  hasGap: (sequence: string) => boolean = () => false
  readonly #read: ObjectReader
  readonly #changes: Change[] = []
  readonly #contents = new Map<SimulatedObject, Found[]>()
  readonly #bodies = new Map<string, Buffer[]>()

  constructor(read: ObjectReader) {
    this.#read = read
  }

  wrote(key: string, now: SimulatedObject, before?: SimulatedObject): void {
    this.#changes.push({ key, now, before })
  }

  deleted(key: string, before: SimulatedObject): void {
    this.#changes.push({ key, before })
  }

  attempted(key: string, body: Buffer, metadata: Record<string, string>): void {
    // Of these, whichever is created first counts, whatever is in it.
    if (key.startsWith('_commits/') || key.endsWith('.piece.json.gz')) return
    const bodies = this.#bodies.get(key)
    if (!bodies) this.#bodies.set(key, [body])
    else if (!bodies.some(other => other.equals(body))) {
      bodies.push(body)
      // One variant with the damaged input, one without.
      const allowed = this.hasGap(metadata.plan ?? '') ? 2 : 1
      if (bodies.length > allowed) throw new Violation(LAW.bytes, key)
    }
  }

  /** Checks what changed since the last time. @throws Violation */
  check(): void | Promise<void> {
    while (this.#changes[0]) {
      const { key, now } = this.#changes[0]
      if (now && !this.#contents.has(now)) {
        const contents = this.#read(key, now)
        if (contents instanceof Promise)
          return contents.then(found => {
            this.#contents.set(now, found)
            return this.check()
          })
        this.#contents.set(now, contents ?? [])
      }
      this.#apply(this.#changes.shift() as Change)
    }
  }

  /** The records of an object that was read. */
  contents(object: SimulatedObject): readonly Found[] {
    return this.#contents.get(object) ?? []
  }

  #apply({ key, now, before }: Change): void {
    const added = (now && this.#contents.get(now)) ?? []
    const taken = (before && this.#contents.get(before)) ?? []
    for (const { id } of added) count(this.held, id, 1)
    for (const { id } of taken) count(this.held, id, -1)
    for (const { id } of taken)
      if (!this.held.get(id) && !this.damaged.has(id) && !this.superseded(id))
        throw new Violation(LAW.gone, `${id}, last in ${key}`)
    if (!isVisible(key)) return
    for (const { id } of taken) count(this.visible, id, -1)
    for (const { id } of added) count(this.visible, id, 1)
    for (const found of taken) count(this.seen, placeOf(found), -1)
    for (const found of added)
      if (count(this.seen, placeOf(found), 1) > 1) throw new Violation(LAW.twice, `${found.id}, with ${key}`)
    assertOrder(key, added)
  }
}

function assertOrder(key: string, records: readonly Found[]): void {
  const last = new Map<number, number>()
  for (const { id, partition, offset } of records) {
    if (offset < (last.get(partition) ?? 0)) throw new Violation(LAW.order, `${id}, in ${key}`)
    last.set(partition, offset)
  }
}

function count(counts: Map<string, number>, key: string, change: number): number {
  const next = (counts.get(key) ?? 0) + change
  counts.set(key, next)
  return next
}
