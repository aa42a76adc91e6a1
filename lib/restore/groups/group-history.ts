import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommitStore } from '../../commits/commit-store.ts'
import { asCodedError, CodedError } from '../../error.ts'
import type { CommittedPosition } from '../../kafka/admin/group-offsets.ts'
import type { TopicPartition } from '../../record.ts'

/** What a group had in the partitions that a restore sets, before it was set. */
export interface GroupBefore {
  group: string
  /** Whether the cluster knew the group. */
  existed: boolean
  positions: PositionBefore[]
}

/** A position as it was; without an offset, there was none. */
export interface PositionBefore extends TopicPartition, Partial<Pick<CommittedPosition, 'offset' | 'metadata'>> {}

/** An entry of a restore's history of groups: what was there before they were set, or that everything so far was undone. */
export type HistoryEntry = { schema: 1; time: number; cluster?: string } & (
  | { kind: 'before'; groups: GroupBefore[] }
  | { kind: 'undone' }
)

/** What a restore's groups had before. Entries are created once and never changed. */
export interface GroupHistory {
  /** In the order in which they were written. @throws CodedError */
  read(): Promise<HistoryEntry[]>
  /** @returns where it was written, for people. @throws CodedError */
  write(entry: HistoryEntry): Promise<string>
}

const NAME = /^groups-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.json$/

/** `groups-20261129T164500123Z.json`: names sort by their times. */
function nameOf({ time }: HistoryEntry): string {
  return `groups-${new Date(time).toISOString().replaceAll(/[-:.]/g, '')}.json`
}

/** The time of an entry with this name, in milliseconds since the epoch; undefined for any other name. */
export function historyTime(name: string): number | undefined {
  const [, year, month, day, hour, minute, second, millisecond] = NAME.exec(name) ?? []
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`)
  return Number.isNaN(time) ? undefined : time
}

/**
 * A history beside the dump.
 *
 * @param folder `<prefix>/_restores/<id>/`
 */
export function bucketHistory(store: Pick<CommitStore, 'list' | 'get' | 'create'>, folder: string): GroupHistory {
  return {
    async read() {
      const entries: HistoryEntry[] = []
      for await (const { key } of store.list(folder)) {
        if (NAME.test(key.slice(folder.length))) entries.push(parse(key, (await store.get(key)).toString()))
      }
      return entries
    },
    async write(entry) {
      for (let time = entry.time; ; time++) {
        const key = folder + nameOf({ ...entry, time })
        const body = Buffer.from(JSON.stringify({ ...entry, time }))
        if (await store.create({ key, body, contentType: 'application/json', metadata: {} })) return key
      }
    },
  }
}

/** A history in a directory, such as that of the report: for a bucket that can only be read. */
export function directoryHistory(directory: string): GroupHistory {
  return {
    async read() {
      const names = await readdir(directory).catch(() => [])
      const own = names.filter(name => NAME.test(name)).sort()
      return await Promise.all(own.map(async name => parse(name, await readFile(join(directory, name), 'utf8'))))
    },
    async write(entry) {
      await mkdir(directory, { recursive: true })
      const path = join(directory, nameOf(entry))
      await writeFile(path, JSON.stringify(entry), { flag: 'wx' })
      return path
    },
  }
}

/** A history in the first of two places, and in the second when the first can't be written. */
export function historyIn(first: GroupHistory, second: GroupHistory): GroupHistory {
  return {
    async read() {
      const entries = await Promise.all([first.read(), second.read()])
      return entries.flat().toSorted((one, other) => one.time - other.time)
    },
    async write(entry) {
      return await first.write(entry).catch(thrown => {
        // What passes is no reason to have the history in two places.
        if (asCodedError(thrown).retryable) throw thrown
        return second.write(entry)
      })
    },
  }
}

/**
 * The part of a history that one cluster has: a dump may be restored to several under the same id, and groups of one must not get
 * what those of another had.
 *
 * @param clusterId Kafka's own id of the cluster
 */
export function historyOf(clusterId: () => Promise<string>, history: GroupHistory): GroupHistory {
  return {
    async read() {
      const cluster = await clusterId()
      return (await history.read()).filter(entry => entry.cluster === cluster)
    },
    write: async entry => await history.write({ ...entry, cluster: await clusterId() }),
  }
}

function parse(name: string, text: string): HistoryEntry {
  try {
    const entry: HistoryEntry = JSON.parse(text)
    if (entry.schema !== 1 || (entry.kind !== 'undone' && !Array.isArray(entry.groups))) throw new Error('other fields')
    return entry
  } catch (cause) {
    const message = `${name} can’t be read, which says what groups had before they were restored. Restore the object, or set the groups with Kafka’s own tools.`
    throw new CodedError('SNAPSHOT_UNREADABLE', message, { cause })
  }
}
