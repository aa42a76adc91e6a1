import type { GroupsSnapshot, RecordedBounds, RecordedGroup, RecordedPosition } from './snapshot.ts'
import { isRecord, parseSnapshot } from './snapshot-text.ts'

/** A position as it is stored: its offset, with the metadata if there is any. */
type StoredPosition = number | [offset: number, metadata: string]

/** A group as it is stored: its positions by topic and partition. */
interface StoredGroup {
  state: string
  positions: Record<string, Record<string, StoredPosition>>
}

/**
 * Makes the JSON of a snapshot group by group. A cluster may have a million positions: as objects of their own they would take
 * a hundred megabytes, while their text takes about ten bytes each, because it names each topic once per group.
 *
 *     {"schema":1,"time":…,"groups":{"billing":{"state":"EMPTY","positions":{"orders":{"0":17,"1":[20,"metadata"]}}}},
 *      "bounds":{"orders":{"0":[0,30]}}}
 */
export class GroupsText {
  readonly #groups: Buffer[] = []

  /** Adds a group. Groups come in the order of their names, so that equal snapshots have equal texts. */
  add(group: string, { state, positions }: RecordedGroup): void {
    const topics = Map.groupBy(positions.toSorted(byPlace), ({ topic }) => topic)
    const stored: StoredGroup = {
      state,
      positions: Object.fromEntries(Array.from(topics, ([topic, places]) => [topic, storedPositions(places)])),
    }
    this.#groups.push(
      Buffer.from(`${this.#groups.length > 0 ? ',' : ''}${JSON.stringify(group)}:${JSON.stringify(stored)}`),
    )
  }

  /** The groups, without the snapshot's time and bounds: what decides whether a snapshot says something new. */
  get groups(): Buffer {
    return Buffer.concat(this.#groups)
  }

  /** @param time in milliseconds since the epoch */
  text(time: number, bounds: GroupsSnapshot['bounds']): Buffer {
    const stored = Array.from(bounds, ([topic, partitions]) => [
      topic,
      Object.fromEntries(Array.from(partitions, ([partition, { start, end }]) => [partition, [start, end]])),
    ])
    return Buffer.concat([
      Buffer.from(`{"schema":1,"time":${time},"groups":{`),
      ...this.#groups,
      Buffer.from(`},"bounds":${JSON.stringify(Object.fromEntries(stored))}}`),
    ])
  }
}

/** The groups of a text that {@link GroupsText} has made, as its `groups` has them. */
export function groupsWithin(text: Buffer): Buffer {
  return text.subarray(text.indexOf('"groups":{') + '"groups":{'.length, text.lastIndexOf('},"bounds":'))
}

/** @throws CodedError `SNAPSHOT_UNREADABLE` */
export function parseGroups(key: string, text: Buffer): GroupsSnapshot {
  return parseSnapshot(key, text, ({ groups, bounds }) => {
    if (!isRecord(groups) || !isRecord(bounds)) return undefined
    const [read, readBounds] = [mapped(groups, groupOf), mapped(bounds, boundsOf)]
    return read && readBounds && { groups: read, bounds: readBounds }
  })
}

/** The values of an object as what they stand for; undefined when one of them is something else. */
function mapped<T>(
  fields: Record<string, unknown>,
  read: (stored: unknown) => T | undefined,
): Map<string, T> | undefined {
  const values = new Map<string, T>()
  for (const [name, stored] of Object.entries(fields)) {
    const value = read(stored)
    if (value === undefined) return undefined
    values.set(name, value)
  }
  return values
}

/** Undefined for what is no group. */
function groupOf(stored: unknown): RecordedGroup | undefined {
  if (!isRecord(stored) || typeof stored.state !== 'string' || !isRecord(stored.positions)) return undefined
  const positions: RecordedPosition[] = []
  for (const [topic, partitions] of Object.entries(stored.positions)) {
    if (!isRecord(partitions)) return undefined
    for (const [partition, position] of Object.entries(partitions)) {
      const [offset, metadata] = Array.isArray(position) ? position : [position, '']
      if (!isOffset(Number(partition)) || !isOffset(offset) || typeof metadata !== 'string') return undefined
      positions.push({ topic, partition: Number(partition), offset, metadata })
    }
  }
  return { state: stored.state, positions }
}

/** Undefined for what are no bounds. */
function boundsOf(stored: unknown): Map<number, RecordedBounds> | undefined {
  if (!isRecord(stored)) return undefined
  const bounds = new Map<number, RecordedBounds>()
  for (const [partition, pair] of Object.entries(stored)) {
    const [start, end, ...rest] = Array.isArray(pair) ? pair : []
    if (!isOffset(Number(partition)) || !isOffset(start) || !isOffset(end) || rest.length > 0) return undefined
    bounds.set(Number(partition), { start, end })
  }
  return bounds
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function storedPositions(places: RecordedPosition[]): Record<string, StoredPosition> {
  return Object.fromEntries(
    places.map(({ partition, offset, metadata }) => [partition, metadata === '' ? offset : [offset, metadata]]),
  )
}

function byPlace(one: RecordedPosition, other: RecordedPosition): number {
  if (one.topic === other.topic) return one.partition - other.partition
  return one.topic < other.topic ? -1 : 1
}
