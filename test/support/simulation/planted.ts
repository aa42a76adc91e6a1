import zlib from 'node:zlib'
import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import type { Plan, Unit } from '../../../lib/commits/entry.ts'
import { entryKey, logFolder, parseEntryKey } from '../../../lib/commits/log-key.ts'
import { parseStagedKey, STAGING_FOLDER } from '../../../lib/staging/name.ts'
import type { SimulatedStore } from './store.ts'
import { variant } from './store-variant.ts'

/** A worker's store that makes a correct worker do what one with a bug of the protocol would do. */
export type PlantedBug = (client: CommitStore, store: SimulatedStore, unit: Unit) => CommitStore

export const plantedBugs = {
  'a commit is written over instead of created': client =>
    variant(client, {
      async create(object) {
        if (!object.key.startsWith('_commits/')) return await client.create(object)
        await client.put(object)
        return true
      },
    }),

  'inputs are deleted before the entry is done': (client, store, unit) =>
    variant(client, {
      open(object) {
        const writer = client.open(object)
        const close = async () => {
          const created = await writer.close()
          const plan = readPlan(store, unit, Number(object.metadata.plan))
          if (created && plan) await client.delete(finishedInputs(plan))
          return created
        }
        return { write: bytes => writer.write(bytes), close, abort: () => writer.abort() }
      },
    }),

  'what is committed is a position instead of a set': (client, store, unit) =>
    variant(client, {
      async *list(prefix, range) {
        for await (const object of client.list(prefix, range)) {
          if (prefix.startsWith(STAGING_FOLDER) && isBehindPosition(store, unit, object.key))
            await client.delete([object.key])
          else yield object
        }
      },
    }),

  'old entries are deleted': (client, store, unit) =>
    variant(client, {
      async create(object) {
        const created = await client.create(object)
        const folder = logFolder('', unit)
        const entry = parseEntryKey(folder, object.key)
        const isOld = (key: string) => (parseEntryKey(folder, key)?.sequence ?? 0) < (entry?.sequence ?? 0)
        if (created && entry?.kind === 'done') await client.delete(store.keys(folder).filter(isOld))
        return created
      },
    }),
} satisfies Record<string, PlantedBug>

export type PlantedBugName = keyof typeof plantedBugs
export const plantedBugNames = Object.keys(plantedBugs) as PlantedBugName[]

function readPlan(store: SimulatedStore, unit: Unit, sequence: number): Plan | undefined {
  const object = store.objects.get(entryKey(logFolder('', unit), sequence, 'plan'))
  return object && JSON.parse(zlib.gunzipSync(object.body).toString())
}

function finishedInputs({ inputs, remaining }: Plan): string[] {
  const waiting = new Set(remaining.map(({ key }) => key))
  return inputs.flatMap(({ key }) => (waiting.has(key) ? [] : key))
}

/** Whether the newest plan took something behind the object, and doesn't wait for it. */
function isBehindPosition(store: SimulatedStore, unit: Unit, key: string): boolean {
  const folder = logFolder('', unit)
  const newest = store.keys(folder).map(entry => parseEntryKey(folder, entry))[0]
  const plan = newest && readPlan(store, unit, newest.sequence)
  const name = parseStagedKey('', key)
  if (!plan || !name) return false
  const isWaiting = [...plan.inputs, ...plan.remaining].some(input => input.key === key)
  return !isWaiting && name.lastOffset < (plan.positions[name.partition] ?? 0)
}
