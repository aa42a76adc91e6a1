import { CodedError } from '../error.ts'
import type { CommitStore } from './commit-store.ts'
import type { Done, Gap, Plan, Unit } from './entry.ts'
import { createEntry, readEntry } from './entry-object.ts'
import { type EntryKind, entryKey, entryKinds, logFolder, parseEntryKey } from './log-key.ts'

/** What is known of entry n. */
export interface LogEntry {
  plan: Plan
  /** Absent: the plan has to be carried out. */
  done?: Done
  gap?: Gap
}

/** The log of one unit: entries from 0 on, without gaps between them. None is ever changed, and the code deletes none. */
export interface CommitLog {
  unit: Unit
  /** `…/_commits/<topic>/<partition>/`. */
  folder: string
  /** The newest entry, by a listing that doesn't grow with the log. Undefined when there is none. */
  newest(): Promise<LogEntry | undefined>
  /** Undefined when there is no such entry: a lifecycle rule may have removed it. */
  plan(sequence: number): Promise<Plan | undefined>
  done(sequence: number): Promise<Done | undefined>
  /** The decision that counts: the newest one. */
  gap(sequence: number): Promise<Gap | undefined>
  /** @returns whether this call created the entry; otherwise it exists, and counts */
  createPlan(plan: Plan): Promise<boolean>
  createDone(done: Done): Promise<boolean>
  createGap(gap: Gap): Promise<boolean>
  /** Sequences of entries, newest first, with the kinds of each. */
  entries(): AsyncIterable<EntryKinds>
}

/** Which objects entry n has. */
export interface EntryKinds {
  sequence: number
  kinds: EntryKind[]
}

/**
 * Opens the log of a unit. All reads throw `COMMIT_LOG_NEWER` when an entry has a newer schema, and `COMMIT_LOG_DAMAGED` when
 * it can't be read. Objects whose names are no entries are ignored.
 *
 * @param onForeign is told of each such object
 */
export function createCommitLog(
  store: CommitStore,
  prefix: string,
  unit: Unit,
  onForeign: (key: string) => void = () => {},
): CommitLog {
  const folder = logFolder(prefix, unit)

  const read = <Entry>(sequence: number, kind: EntryKind, number?: number) =>
    readEntry<Entry>(store, entryKey(folder, sequence, kind, number))

  async function readGap(sequence: number): Promise<Gap | undefined> {
    let newest: Gap | undefined
    for (let number = 1; ; number++) {
      const next = await read<Gap>(sequence, 'gap', number)
      if (!next) return newest
      newest = next
    }
  }

  const create = (kind: EntryKind, entry: { sequence: number; number?: number }) =>
    createEntry(store, entryKey(folder, entry.sequence, kind, entry.number), entry)

  async function* entries(): AsyncGenerator<EntryKinds, void> {
    let current: EntryKinds | undefined
    for await (const { key } of store.list(folder)) {
      const parsed = parseEntryKey(folder, key)
      if (!parsed) onForeign(key)
      else if (current?.sequence === parsed.sequence) current.kinds.push(parsed.kind)
      else {
        if (current) yield current
        current = { sequence: parsed.sequence, kinds: [parsed.kind] }
      }
    }
    if (current) yield current
  }

  /**
   * A short listing has the names of the newest entry, unless foreign ones are before them. Gaps after the first may be missing,
   * and what sorts behind them.
   */
  async function newestKinds() {
    let foreign = 0
    const names: { sequence: number; kind: EntryKind }[] = []
    for await (const { key } of store.list(folder, { limit: entryKinds.length })) {
      const parsed = parseEntryKey(folder, key)
      if (parsed) names.push(parsed)
      else foreign++
    }
    if (foreign > 0) return (await entries().next()).value ?? undefined
    const [newest] = names
    if (!newest) return undefined
    const kinds = names.filter(({ sequence }) => sequence === newest.sequence).map(({ kind }) => kind)
    return { sequence: newest.sequence, kinds }
  }

  return {
    unit,
    folder,
    entries,
    async newest() {
      const found = await newestKinds()
      if (!found) return undefined
      const { sequence, kinds } = found
      const has = (kind: EntryKind) => kinds.includes(kind)
      const [plan, done, gap] = await Promise.all([
        read<Plan>(sequence, 'plan'),
        has('done') ? read<Done>(sequence, 'done') : undefined,
        has('gap') ? readGap(sequence) : undefined,
      ])
      if (plan) return { plan, done, gap }
      throw new CodedError('COMMIT_LOG_DAMAGED', `${entryKey(folder, sequence, 'plan')} is missing`, placeOf(unit))
    },
    plan: sequence => read(sequence, 'plan'),
    done: sequence => read(sequence, 'done'),
    gap: readGap,
    createPlan: plan => create('plan', plan),
    createDone: done => create('done', done),
    createGap: gap => create('gap', gap),
  }
}

/** A unit as errors name it. */
export function placeOf({ topic, partition }: Unit): { topic: string; partition?: number } {
  return partition === 'all' ? { topic } : { topic, partition }
}
