import * as z from 'zod'
import { CodedError } from '../error.ts'
import type { ReadPosition } from './completeness.ts'

/** What an invocation is asked to continue with. */
export interface RestoreLink {
  /** Of the restore. */
  id: string
  /** Of the run: one begins whenever somebody asks for a restore. */
  run: string
  /** How many invocations came before this one. */
  link: number
  /** How many invocations in a row had no time to begin with a topic-partition. */
  idle: number
  places: LinkPlace[]
}

/** A topic-partition of the plan by its index, where it continues, and how many invocations in a row got nowhere with it. */
export type LinkPlace = [index: number, offset: number, idle: number]

/** What an invocation is asked to continue with before anything is restored: to find out whether the dump lacks offsets. */
export interface CheckLink extends Omit<RestoreLink, 'places'> {
  /** Everything before it is complete. */
  from: ReadPosition
}

/** Runs and ids are parts of keys. */
export const RUN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

const number = z.int().min(0)
const own = { id: z.string().regex(RUN_NAME), run: z.string().regex(RUN_NAME), link: z.int().min(1), idle: number }
const places = z.array(z.tuple([number, number, number]))
const from = z.strictObject({ topic: z.string(), partition: number, offset: number })

const schema = z.strictObject({
  continues: z.union([z.strictObject({ ...own, places }), z.strictObject({ ...own, from })]),
})

export interface LinkEvent {
  continues: RestoreLink | CheckLink
}

export const linkEvent = (link: RestoreLink | CheckLink): LinkEvent => ({ continues: link })

const continuing = z.looseObject({ continues: z.unknown() })

/**
 * The link that an event asks to continue with; undefined for the event of a person.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function parseLink(event: unknown): RestoreLink | CheckLink | undefined {
  const { data } = schema.safeParse(event)
  // Taken for the event of a person, it would begin a run that nobody has asked for.
  if (!data && continuing.safeParse(event).data?.continues !== undefined)
    throw new CodedError('CONFIG_INVALID', 'continues: expected what another invocation has left. Begin the run again.')
  return data?.continues
}

const named = z.looseObject({ run: z.unknown() })
const runName = z.string().regex(RUN_NAME).optional()

/**
 * The name that a person's event gives its run, and the other fields of the event.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function parseRun(event: unknown): { run?: string; asked: unknown } {
  const { data } = named.safeParse(event)
  if (!data) return { asked: event ?? {} }
  const { run, ...asked } = data
  const name = runName.safeParse(run ?? undefined)
  if (name.success) return { run: name.data, asked }
  const expected = 'letters, digits, points, hyphens and underscores, 64 at most, the first one a letter or a digit'
  throw new CodedError('CONFIG_INVALID', `run: expected ${expected}, got ${JSON.stringify(run).slice(0, 100)}`)
}

/**
 * Invocations that share a run. They work at the same time, so this is also how many connections a small cluster gets; a tenth of
 * what an account may run at once is a hundred. Source: AWS Lambda, "Lambda quotas".
 */
const MOST_LINKS = 10

/** Bytes of objects for which another invocation pays: reading and producing them takes a minute or two. */
const SHARE_BYTES = 256 * 1024 ** 2

/** Topic-partitions divided among invocations, each with about the same number of bytes; at least one share. */
export function sharesOf(places: readonly { bytes: number }[]): LinkPlace[][] {
  const bytes = places.reduce((sum, place) => sum + place.bytes, 0)
  const count = Math.max(1, Math.min(MOST_LINKS, places.length, Math.ceil(bytes / SHARE_BYTES)))
  const shares = Array.from({ length: count }, () => ({ bytes: 0, places: [] as LinkPlace[] }))
  const largest = places.map((place, index) => ({ index, bytes: place.bytes })).toSorted((a, b) => b.bytes - a.bytes)
  for (const { index, bytes } of largest) {
    const least = shares.reduce((least, share) => (share.bytes < least.bytes ? share : least))
    least.bytes += bytes
    least.places.push([index, 0, 0])
  }
  return shares.map(({ places }) => places.toSorted(([a], [b]) => a - b))
}
