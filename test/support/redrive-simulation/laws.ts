import zlib from 'node:zlib'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { recordsOf } from '../simulation/contents.ts'
import { isVisible, Violation } from '../simulation/laws.ts'
import type { SimulatedObject, StoreObserver } from '../simulation/store.ts'

export const LAW = {
  twice: 'no failed record is in an object of a redrive and in another object',
  gone: 'no record disappears',
  marks: 'no mark claims what isn’t there',
  there: 'in the end each failed record is there, or is known to fail or to be gone',
  fails: 'no redrive fails without a reason',
}

/** By the object's ETag and key: objects are alike in many histories. */
const known = new Map<string, string[]>()
const MOST_KNOWN = 20_000

const MARKS = /^_redriven\/.*\.done\.json\.gz$/
const isOther = (key: string) => key.startsWith('_redriven/') || key.startsWith('_commits/')
/** With rotation, compaction makes objects, and none is a redrive's. */
const REDRIVEN = 'redrive-plan'

/** Watches a bucket after each call. It knows nothing of the protocol but what marks mean. */
export class RedriveLaws implements StoreObserver {
  /** By record: objects that people read. */
  readonly visible = new Map<string, Set<string>>()
  /** By record: any object that has it. */
  readonly held = new Map<string, Set<string>>()
  readonly #changes: { key: string; now?: SimulatedObject; before?: SimulatedObject }[] = []
  readonly #redriven = new Set<string>()

  wrote(key: string, now: SimulatedObject, before: SimulatedObject | undefined): void {
    if (now.metadata[REDRIVEN] !== undefined) this.#redriven.add(key)
    this.#changes.push({ key, now, before })
  }

  deleted(key: string, before: SimulatedObject): void {
    this.#changes.push({ key, before })
  }

  attempted(): void {}

  /** The offsets of records that objects have, visible or not. */
  offsetsHeld(): Set<number> {
    return new Set([...this.held].filter(([, keys]) => keys.size > 0).map(([id]) => Number(id.split('.')[1])))
  }

  async check(): Promise<void> {
    for (let change = this.#changes.shift(); change; change = this.#changes.shift()) {
      const { key, now, before } = change
      if (now && MARKS.test(key)) this.#checkMarks(key, now)
      if (isOther(key)) continue
      const [added, taken] = [now ? await idsOf(key, now) : [], before ? await idsOf(key, before) : []]
      this.#apply(key, added, taken)
      // The connector writes its own objects over when it delivers a batch again, and names what they lack then.
      if (now && isVisible(key) && !this.#redriven.has(key)) continue
      for (const id of taken)
        if (keysOf(this.held, id).size === 0) throw new Violation(LAW.gone, `${id}, last in ${key}`)
    }
  }

  #apply(key: string, added: string[], taken: string[]): void {
    for (const [ids, change] of [
      [taken, 'delete'],
      [added, 'add'],
    ] as const)
      for (const id of ids) {
        keysOf(this.held, id)[change](key)
        if (isVisible(key)) keysOf(this.visible, id)[change](key)
      }
    for (const id of added) {
      const keys = [...keysOf(this.visible, id)]
      if (keys.length > 1 && keys.some(one => this.#redriven.has(one)))
        throw new Violation(LAW.twice, `${id} in ${keys.join(', ')}`)
    }
  }

  #checkMarks(key: string, { body }: SimulatedObject): void {
    const { marks } = JSON.parse(zlib.gunzipSync(body).toString())
    const held = this.offsetsHeld()
    for (const offset of offsetsOf(marks.redriven))
      if (!held.has(offset)) throw new Violation(LAW.marks, `${key} has ${offset}`)
  }
}

function keysOf(map: Map<string, Set<string>>, id: string): Set<string> {
  const keys = map.get(id) ?? new Set()
  map.set(id, keys)
  return keys
}

async function idsOf(key: string, { body, etag }: SimulatedObject): Promise<string[]> {
  const name = `${etag} ${key}`
  const before = known.get(name)
  if (before) return before
  const records = await recordsOf(key, body)
  const ids = records.map(({ value }) => JSON.parse(value?.toString() ?? '{}').id as string)
  if (known.size === MOST_KNOWN) known.clear()
  known.set(name, ids)
  return ids
}
