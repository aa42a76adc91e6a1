import fc from 'fast-check'
import { createCommitLog, type LogEntry } from '../../../lib/commits/commit-log.ts'
import { CoverageLookup } from '../../../lib/commits/coverage.ts'
import type { Plan, PlannedInput } from '../../../lib/commits/entry.ts'
import { firstState, stateAfter } from '../../../lib/commits/log-state.ts'
import { unite } from '../../../lib/commits/offset-runs.ts'
import { offsetsOf, runsOf } from '../../../lib/staging/runs.ts'
import type { OffsetRuns } from '../../../lib/staging/staged-object.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const UNIT = { topic: 'orders', partition: 0 }

const input = (key: string, offsets: OffsetRuns): PlannedInput => ({ key, bytes: 1, partition: 0, offsets, staged: 0 })

/** A log whose entries take these batches; those before the positions are late. */
class Entries {
  readonly store: MemoryStore
  readonly log: ReturnType<typeof createCommitLog>
  gets = 0
  #newest: Plan | undefined

  constructor() {
    this.store = new MemoryStore(
      () => 0,
      call => {
        if (call === 'get') this.gets++
      },
    )
    this.log = createCommitLog(this.store, '', UNIT)
  }

  async add(inputs: PlannedInput[], waiting: string[] = []): Promise<void> {
    const position = this.#newest?.positions[0] ?? 0
    const sequence = (this.#newest?.sequence ?? -1) + 1
    const ends = inputs.flatMap(({ offsets }) => offsets.map(([first, count]) => first + count))
    const isLate = inputs.some(({ offsets }) => (offsets[0]?.[0] ?? 0) < position)
    const remaining = inputs.filter(({ key }) => waiting.includes(key)).map(one => ({ ...one, frames: [0] }))
    this.#newest = {
      ...{ schema: 1 as const, sequence, created: 0, outputs: [], remaining },
      inputs: inputs.filter(({ key }) => !waiting.includes(key)),
      positions: { 0: Math.max(position, ...ends) },
      late: isLate ? sequence : (this.#newest?.late ?? -1),
      lateOffsets: {
        0: unite(this.#newest?.lateOffsets?.[0] ?? [], ...(isLate ? inputs.map(({ offsets }) => offsets) : [])),
      },
    }
    await this.log.createPlan(this.#newest)
    await this.log.createDone({ schema: 1, sequence, created: 0, outputs: [] })
  }

  async lookup(): Promise<CoverageLookup> {
    const newest = await this.log.newest()
    return new CoverageLookup(this.log, newest ? stateAfter(newest) : firstState({}))
  }
}

const sorted = (offsets: Iterable<number>) => [...offsets].toSorted((a, b) => a - b)

test('law: a lookup finds the offsets that entries have taken, early or late, and no others', async () => {
  const batch = fc.record({ gap: fc.nat(3), count: fc.integer({ min: 1, max: 5 }), late: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(batch, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), async entries => {
      const log = new Entries()
      const taken = new Set<number>()
      let next = 0
      for (const [nth, batches] of entries.entries()) {
        const inputs: PlannedInput[] = []
        for (const [index, { gap, count, late }] of batches.entries()) {
          const free = sorted(new Set(offsetsOf([[0, next]])).difference(taken)).slice(0, count)
          const offsets: OffsetRuns = late && free.length > 0 ? runsOf(free) : [[next + gap, count]]
          for (const offset of offsetsOf(offsets)) taken.add(offset)
          next = Math.max(next, ...offsets.map(([first, many]) => first + many))
          inputs.push(input(`${nth}-${index}`, offsets))
        }
        await log.add(inputs)
      }
      const asked = new Set(offsetsOf([[0, next + 5]]))
      const found = await (await log.lookup()).of('another', 0, [[0, next + 5]])
      expect(sorted(offsetsOf(found?.covered ?? []))).toEqual(sorted(asked.intersection(taken)))
    }),
  )
})

test('an object is found among the inputs of the entry that took it', async () => {
  const log = new Entries()
  await log.add([input('first', [[0, 10]])])
  await log.add([input('second', [[10, 10]])])
  const lookup = await log.lookup()
  expect(await lookup.of('first', 0, [[0, 10]])).toMatchObject({ consumed: true, covered: [[0, 10]], waiting: [] })
  expect(await lookup.of('other', 0, [[5, 10]])).toMatchObject({ consumed: false, covered: [[5, 10]] })
  expect(await lookup.of('other', 1, [[0, 10]])).toMatchObject({ covered: [] })
})

test('what waits for a later entry doesn’t count as committed', async () => {
  const log = new Entries()
  await log.add([input('waits', [[0, 5]]), input('done', [[5, 5]])], ['waits'])
  expect(await (await log.lookup()).of('other', 0, [[3, 4]])).toMatchObject({ covered: [[5, 2]], waiting: [[3, 2]] })
})

test('a long log is searched with few requests', async () => {
  const log = new Entries()
  for (let nth = 0; nth < 1000; nth++) await log.add([input(`k${nth}`, [[nth * 10, 10]])])
  const lookup = await log.lookup()
  log.gets = 0
  expect(await lookup.of('other', 0, [[3333, 5]])).toMatchObject({ covered: [[3333, 5]], entries: [333] })
  // A binary search of 1,000 entries, and the one before the entry that is found.
  expect(log.gets).toBeLessThanOrEqual(12)
})

test('where a lifecycle rule has removed the entry, nothing is said', async () => {
  const log = new Entries()
  for (let nth = 0; nth < 20; nth++) await log.add([input(`k${nth}`, [[nth * 10, 10]])])
  const oldest = log.store.keys('_commits/').slice(-20)
  await log.store.delete(oldest)
  const lookup = await log.lookup()
  expect(await lookup.of('other', 0, [[5, 5]])).toBeUndefined()
  // The oldest entry that is left can't tell, as an entry that is gone may have taken these offsets.
  expect(await lookup.of('other', 0, [[100, 5]])).toBeUndefined()
  expect(await lookup.of('other', 0, [[110, 5]])).toMatchObject({ covered: [[110, 5]] })
})

// A topic that is read from the beginning below a log that began at its end comes late as a whole, batch by batch.
test('late offsets that no entry has taken are told without reading any entry', async () => {
  const log = new Entries()
  await log.add([input('end', [[10_000, 10]])])
  for (let nth = 0; nth < 100; nth++) await log.add([input(`late${nth}`, [[nth * 10, 10]])])
  const state = stateAfter((await log.log.newest()) as LogEntry)
  const lookup = new CoverageLookup(log.log, { ...state, earlier: { 0: 10_000 } })
  log.gets = 0
  expect(await lookup.of('next', 0, [[1000, 10]])).toMatchObject({ covered: [], entries: [] })
  expect(log.gets).toBe(0)
  expect(await lookup.of('again', 0, [[985, 20]])).toMatchObject({ covered: [[985, 15]], entries: [99, 100] })
  expect(log.gets).toBeLessThan(8)
})
