import { decodeSegment } from '../objects/segment.ts'
import type { DumpSource } from './dump-source.ts'
import { OTHER_FOLDERS } from './listing.ts'

/** Objects that are looked at: one of each folder in which a dump was found, and each of the others. */
const MOST_LOOKS = 300

/** Folders above a topic's that may be a prefix. */
const MOST_FOLDERS = 8

/** Dumps and topics that are named. */
const NAMED_DUMPS = 5
const NAMED_TOPICS = 10

/** Folders of a dump that have a folder for each topic. */
const FOLDERS_BY_TOPIC = ['_commits', '_staging']

/** What was found below a folder. */
interface Found {
  /** The first object that belongs to no dump. */
  key?: string
  /** Topics by the prefix of a dump. */
  topics: Map<string, Set<string>>
}

/**
 * What is at a place where no dump was found, and where in the bucket one is instead: its prefix may be mistyped, missing, or a
 * folder of the dump. A bucket that may not be listed elsewhere tells less.
 *
 * @returns sentences for people
 */
export async function whatIsThere(source: DumpSource): Promise<string[]> {
  const { prefix, at } = source
  if (!at) return []
  const { place } = at(prefix)
  const below = await find(source, prefix === '' ? '' : `${prefix}/`)
  if (below.topics.size > 0) return [`Nothing of it is directly below ${place}`, ...dumpTexts(below, source)]
  if (below.key !== undefined) return [otherForm(place, below.key)]
  const anywhere: Found = prefix === '' ? below : await find(source, '').catch(() => ({ topics: new Map() }))
  return [`There is no object below ${place}`, ...dumpTexts(anywhere, source)]
}

function otherForm(place: string, key: string): string {
  const todo = 'Give the template or the connector that they were written with; the layout by-content reads any key'
  return `Objects below ${place} have keys of another form, such as ${key}. ${todo}`
}

function dumpTexts({ topics }: Found, { at }: DumpSource): string[] {
  return [...topics].slice(0, NAMED_DUMPS).map(([prefix, names]) => {
    const named = [...names].slice(0, NAMED_TOPICS)
    const more = names.size > named.length ? ' and others' : ''
    return `${at?.(prefix).place} has ${named.length > 0 ? named.join(', ') + more : 'objects'}`
  })
}

async function find({ store, at }: DumpSource, folder: string): Promise<Found> {
  const found: Found = { topics: new Map() }
  let after: string | undefined
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const [next] = await Array.fromAsync(store.list(folder, { limit: 1, ...(after !== undefined && { after }) }))
    if (!next) break
    after = next.key
    const dump = dumpOf(next.key, at)
    if (!dump) {
      found.key ??= next.key
      continue
    }
    const topics = found.topics.get(dump.prefix) ?? new Set()
    found.topics.set(dump.prefix, topics)
    if (dump.topic !== undefined) topics.add(dump.topic)
    // The character that follows the slash: all keys of the folder sort before it.
    after = `${dump.folder}0`
  }
  return found
}

/** The dump that an object may be of: its prefix, its topic if the key tells, and the folder that need not be looked into. */
function dumpOf(key: string, at: DumpSource['at']): { prefix: string; topic?: string; folder: string } | undefined {
  const segments = key.split('/')
  for (let depth = 0; depth < Math.min(segments.length - 1, MOST_FOLDERS); depth++) {
    const prefix = segments.slice(0, depth).join('/')
    const folder = segments.slice(0, depth + 1).join('/')
    const [name = '', topic = ''] = segments.slice(depth)
    if (FOLDERS_BY_TOPIC.includes(name)) return { prefix, topic: decodeSegment(topic), folder: `${folder}/${topic}` }
    if (OTHER_FOLDERS.includes(name)) return undefined
    const parsed = at?.(prefix).layout.parse(key)
    // Where only the records tell, the nearest folder is as good as any other.
    if (parsed === 'unread') return { prefix: segments.slice(0, -1).join('/'), folder: segments.slice(0, -1).join('/') }
    if (parsed) return { prefix, topic: parsed.topic, folder }
  }
  return undefined
}
