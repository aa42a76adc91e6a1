import { bucketHistory, type GroupHistory, historyOf } from '../../../../lib/restore/groups/group-history.ts'
import { undoGroups } from '../../../../lib/restore/groups/group-undo.ts'
import { MemoryStore } from '../../../support/memory-store.ts'

const NOW = Date.UTC(2026, 10, 29)

/** A cluster with one group, and its part of the history that several clusters share. */
function clusterWith(id: string, offset: number | undefined, shared: GroupHistory) {
  let position = offset
  const removed: string[] = []
  const place = { topic: 'orders', partition: 0 }
  const target = {
    states: async () => new Map<string, string>(),
    committed: async (groups: string[]) =>
      new Map(
        groups.map(group => [group, position === undefined ? [] : [{ ...place, offset: position, metadata: '' }]]),
      ),
    commit: async (groups: { group: string; positions: { offset: number }[] }[]) => {
      position = groups[0]?.positions[0]?.offset
      return new Map(groups.map(({ group }) => [group, 'set' as const]))
    },
  }
  const removal = {
    remove: async (groups: { group: string }[]) => {
      for (const { group } of groups) removed.push(group)
      return new Map()
    },
  }
  const history = historyOf(async () => id, shared)
  return {
    removed,
    position: () => position,
    /** What a restore does: it writes down what is there, and sets the group. */
    async restoredTo(offset: number, time: number) {
      const positions = [{ ...place, ...(position === undefined ? {} : { offset: position, metadata: '' }) }]
      const groups = [{ group: 'billing', existed: position !== undefined, positions }]
      await history.write({ schema: 1, kind: 'before', time, groups })
      position = offset
    },
    set: (offset: number) => {
      position = offset
    },
    undo: () => undoGroups({ target, removal, history, now: () => NOW + 31 * 86_400_000 } as never, Date.now() + 2_000),
  }
}

const sharedHistory = () => bucketHistory(new MemoryStore(() => NOW), 'lake/_restores/r/')

test('groups of one cluster never get what those of another had, nor are they removed because of it', async () => {
  const shared = sharedHistory()
  const [trial, production] = [clusterWith('trial', undefined, shared), clusterWith('production', 98_765, shared)]
  await trial.restoredTo(0, NOW)
  await production.restoredTo(7, NOW + 1)
  expect(await production.undo()).toMatchObject([{ group: 'billing', outcome: 'undone' }])
  expect([production.position(), production.removed]).toEqual([98_765, []])
})

test('a group goes back to where it was before it was set the last time', async () => {
  const cluster = clusterWith('production', 5, sharedHistory())
  await cluster.restoredTo(1, NOW)
  cluster.set(5_000)
  await cluster.restoredTo(2, NOW + 30 * 86_400_000)
  await cluster.undo()
  expect(cluster.position()).toBe(5_000)
  expect(await cluster.undo()).toEqual([])
})
