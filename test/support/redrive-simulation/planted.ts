import zlib from 'node:zlib'
import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import { asCodedError } from '../../../lib/error.ts'
import { withOutcome } from '../../../lib/redrive/marks.ts'
import type { RedrivePlan } from '../../../lib/redrive/redrive-log.ts'
import { variant } from '../simulation/store-variant.ts'

/** A redrive's store that makes a correct redrive do what one with a bug of the protocol would do. */
export type PlantedBug = (client: CommitStore) => CommitStore

const isEntry = (key: string) => key.startsWith('_redriven/')
const isPlan = (key: string) => key.endsWith('.plan.json.gz')
const donePattern = /\.done\.json\.gz$/

export const plantedBugs = {
  'marks are written before the objects': client =>
    variant(client, {
      async create(object) {
        const created = await client.create(object)
        if (created && isPlan(object.key)) {
          const plan: RedrivePlan = parsed(object.body)
          const redriven = [...plan.found, ...plan.objects.flatMap(({ offsets }) => offsets)]
          const key = object.key.replace('.plan.', '.done.')
          await client.create({ ...object, key, body: doneOf(plan, withOutcome(plan.marks, { redriven, failed: [] })) })
        }
        return created
      },
    }),

  'objects are written over instead of created': client =>
    variant(client, {
      async create(object) {
        if (isEntry(object.key)) return await client.create(object)
        await client.put(object)
        return true
      },
    }),

  'plans are written over instead of created': client =>
    variant(client, {
      async create(object) {
        if (!isPlan(object.key)) return await client.create(object)
        await client.put(object)
        return true
      },
    }),

  'plans that are not carried out are ignored': client =>
    variant(client, {
      get: key =>
        client.get(key).catch(async error => {
          if (!donePattern.test(key) || asCodedError(error).code !== 'STORE_OBJECT_MISSING') throw error
          const plan: RedrivePlan = parsed(await client.get(key.replace('.done.', '.plan.')))
          return doneOf(plan, plan.marks)
        }),
    }),

  'an object without records is not created': client =>
    variant(client, {
      create: async object => object.metadata['record-count'] === '0' || (await client.create(object)),
    }),

  'what an object lacks is not looked up': client =>
    variant(client, {
      async head(key) {
        const held = await client.head(key)
        return held && { ...held, metadata: { ...held.metadata, 'redrive-change': '0' } }
      },
    }),

  'objects of the connector are not read': client =>
    variant(client, {
      async *list(prefix, range) {
        if (prefix.startsWith('_')) yield* client.list(prefix, range)
      },
    }),

  // The history lets redrives take records that the group hasn't passed.
  'records that may still be delivered are redriven': client => client,
} satisfies Record<string, PlantedBug>

export type PlantedBugName = keyof typeof plantedBugs
export const plantedBugNames = Object.keys(plantedBugs) as PlantedBugName[]

function parsed<T>(body: Buffer): T {
  return JSON.parse(zlib.gunzipSync(body).toString())
}

function doneOf({ sequence, created }: RedrivePlan, marks: RedrivePlan['marks']): Buffer {
  return zlib.gzipSync(JSON.stringify({ schema: 1, sequence, created, marks }))
}
