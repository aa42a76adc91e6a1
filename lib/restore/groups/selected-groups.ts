import { wholeName } from '../../replication/naming/name-pattern.ts'
import type { GroupsSnapshot, RecordedPosition } from '../../snapshots/snapshot.ts'
import type { FoundSnapshot } from '../../snapshots/snapshots.ts'

/** A group that was asked for, with what was recorded of it. */
export interface SelectedGroup {
  group: string
  /** Undefined when nothing was recorded of it. */
  recorded: RecordedPosition[] | undefined
  /** Whether it was asked for by its own name. */
  named: boolean
}

/**
 * The groups that a restore sets.
 *
 * @param recorded see {@link recordedGroups}
 * @param names names, or regular expressions for the whole name in slashes; absent: all that were recorded
 * @throws SyntaxError for a wrong regular expression
 */
export function selectedGroups(
  recorded: ReadonlyMap<string, RecordedPosition[]>,
  names: string[] | undefined,
): SelectedGroup[] {
  const selected = new Map<string, SelectedGroup>()
  const add = (group: string, named: boolean) => {
    const known = selected.get(group)
    selected.set(group, { group, recorded: recorded.get(group), named: named || known?.named === true })
  }
  for (const name of names ?? ['/.*/']) {
    const [, pattern] = /^\/(.*)\/$/s.exec(name) ?? []
    if (pattern === undefined) add(name, true)
    else for (const group of matching(recorded.keys(), pattern)) add(group, false)
  }
  return [...selected.values()].toSorted((one, other) => (one.group < other.group ? -1 : 1))
}

/** The patterns without any recorded group: they are probably misspelled. */
export function idlePatterns(recorded: ReadonlyMap<string, RecordedPosition[]>, names: string[] = []): string[] {
  return names.filter(name => {
    const [, pattern] = /^\/(.*)\/$/s.exec(name) ?? []
    return pattern !== undefined && matching(recorded.keys(), pattern).length === 0
  })
}

function matching(groups: Iterable<string>, pattern: string): string[] {
  const whole = wholeName(pattern)
  return [...groups].filter(group => whole.test(group))
}

/**
 * The positions of all groups, from one snapshot for each dump that is restored. Of several that know a position, such as of two
 * dumps of one cluster, the newest counts.
 */
export function recordedGroups(snapshots: FoundSnapshot<GroupsSnapshot>[]): Map<string, RecordedPosition[]> {
  const found = snapshots.flatMap(({ snapshot }) => snapshot ?? []).toSorted((one, other) => other.time - one.time)
  const [only] = found
  if (only !== undefined && found.length === 1) {
    return new Map(Array.from(only.groups, ([group, { positions }]) => [group, positions]))
  }
  const merged = new Map<string, Map<string, RecordedPosition>>()
  for (const { groups } of found) {
    for (const [group, { positions }] of groups) {
      const known = merged.get(group) ?? new Map<string, RecordedPosition>()
      merged.set(group, known)
      for (const position of positions) {
        const place = `${position.topic}/${position.partition}`
        if (!known.has(place)) known.set(place, position)
      }
    }
  }
  return new Map(Array.from(merged, ([group, positions]) => [group, [...positions.values()]]))
}
