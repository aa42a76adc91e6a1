import { z } from 'zod'

/** What an invocation is asked to go on with. */
export interface RestoreLink {
  /** Of the restore. */
  id: string
  /** Of the run: one begins whenever somebody asks for a restore. */
  run: string
  /** How many invocations came before this one. */
  link: number
  /** How many invocations in a row got nowhere. */
  idle: number
  /** Topic-partitions of the plan by their indexes, and the offset up to which each is done, if a part of it is. */
  places: [index: number, after?: number][]
}

/** Runs and ids are parts of keys. */
export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const schema = z.strictObject({
  continues: z.strictObject({
    id: z.string().regex(RUN_NAME),
    run: z.string().regex(RUN_NAME),
    link: z.int().min(1),
    idle: z.int().min(0),
    places: z.array(z.union([z.tuple([z.int().min(0)]), z.tuple([z.int().min(0), z.int().min(0)])])),
  }),
})

export interface LinkEvent {
  continues: RestoreLink
}

export const linkEvent = (link: RestoreLink): LinkEvent => ({ continues: link })

/** The link that an event asks to go on with; undefined for the event of a person. */
export function parseLink(event: unknown): RestoreLink | undefined {
  return schema.safeParse(event).data?.continues
}

/**
 * Invocations that share a run. They work at the same time, so this is also how many connections a small cluster gets; a tenth of
 * what an account may run at once is a hundred. Source: AWS Lambda, "Lambda quotas".
 */
const MOST_LINKS = 10

/** Bytes of objects for which another invocation pays: reading and producing them takes a minute or two. */
const SHARE_BYTES = 256 * 1024 ** 2

/** Topic-partitions divided among invocations, each with about the same number of bytes; at least one share. */
export function sharesOf(places: readonly { bytes: number }[]): [index: number][][] {
  const bytes = places.reduce((sum, place) => sum + place.bytes, 0)
  const count = Math.max(1, Math.min(MOST_LINKS, places.length, Math.ceil(bytes / SHARE_BYTES)))
  const shares = Array.from({ length: count }, () => ({ bytes: 0, places: [] as [number][] }))
  const largest = places.map((place, index) => ({ index, bytes: place.bytes })).toSorted((a, b) => b.bytes - a.bytes)
  for (const { index, bytes } of largest) {
    const least = shares.reduce((least, share) => (share.bytes < least.bytes ? share : least))
    least.bytes += bytes
    least.places.push([index])
  }
  return shares.map(({ places }) => places.toSorted(([a], [b]) => a - b))
}
