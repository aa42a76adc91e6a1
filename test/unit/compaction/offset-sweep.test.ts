import fc from 'fast-check'
import type { Plan, PlannedInput, RemainingInput } from '../../../lib/commits/entry.ts'
import { subtract, unite } from '../../../lib/commits/offset-runs.ts'
import { OffsetSweep } from '../../../lib/compaction/offset-sweep.ts'
import type { OffsetRuns } from '../../../lib/staging/staged-object.ts'

/** What one entry finds staged: batches behind its predecessor's positions, offsets that came late, and which batches wait. */
const step = fc.record({
  batches: fc.array(fc.record({ gap: fc.nat(3), count: fc.integer({ min: 1, max: 5 }), waits: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
  late: fc.array(fc.nat(40), { maxLength: 3 }),
})

const input = (offsets: OffsetRuns): PlannedInput => ({
  ...{ key: JSON.stringify(offsets), bytes: 1, partition: 0, staged: 0 },
  offsets,
})

interface Log {
  plans: Plan[]
  taken: OffsetRuns
}

/** A log as compaction writes it, and what it has taken. */
function logOf(steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Log {
  const log: Log = { plans: [], taken: [] }
  let position = 0
  let remaining: RemainingInput[] = []
  for (const [sequence, { batches, late }] of steps.entries()) {
    const inputs = remaining.map(({ frames: _, ...carried }) => carried as PlannedInput)
    remaining = []
    const before = log.taken
    for (const offset of new Set(late)) {
      if (offset >= position || subtract([[offset, 1]], before).length === 0) continue
      inputs.push(input([[offset, 1]]))
    }
    for (const { gap, count, waits } of batches) {
      const offsets: OffsetRuns = [[position + gap, count]]
      position += gap + count
      if (waits) remaining.push({ ...input(offsets), frames: [0] })
      else inputs.push(input(offsets))
    }
    const positions = { 0: position }
    log.plans.push({ schema: 1, sequence, created: 0, inputs, outputs: [], remaining, positions, late: -1 })
    log.taken = unite(before, ...[...inputs, ...remaining].map(({ offsets }) => offsets))
  }
  return log
}

function sweep(plans: Plan[], kind: 'gap' | 'overlap'): OffsetRuns {
  const sweep = new OffsetSweep()
  const found = plans.toReversed().flatMap(plan => sweep.add(plan, plans[plan.sequence - 1]))
  return found.filter(one => one.kind === kind).flatMap(({ offsets }) => offsets)
}

test('gaps are the offsets that no entry has taken, each told once, however late some came', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), steps => {
      const { plans, taken } = logOf(steps)
      const gaps = sweep(plans, 'gap')
      const [first = 0] =
        plans[0]?.inputs
          .concat(plans[0].remaining)
          .map(({ offsets }) => offsets[0]?.[0] ?? 0)
          .toSorted((a, b) => a - b) ?? []
      const end = plans.at(-1)?.positions[0] ?? 0
      expect(unite(gaps)).toEqual(subtract([[first, end - first]], taken))
      expect(gaps.reduce((sum, [, count]) => sum + count, 0)).toBe(
        unite(gaps).reduce((sum, [, count]) => sum + count, 0),
      )
      expect(sweep(plans, 'overlap')).toEqual([])
    }),
  )
})

test('offsets that two entries have taken are an overlap', () => {
  const plan = (sequence: number, inputs: PlannedInput[], position: number): Plan => ({
    ...{ schema: 1, sequence, created: 0, inputs, outputs: [], remaining: [], late: -1 },
    positions: { 0: position },
  })
  const plans = [plan(0, [input([[0, 10]])], 10), plan(1, [input([[10, 5]]), input([[3, 2]])], 15)]
  expect(sweep(plans, 'overlap')).toEqual([[3, 2]])
})
