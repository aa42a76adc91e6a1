import fc from 'fast-check'
import type { PlannedOutput } from '../../../lib/commits/entry.ts'
import { dueReader, summarize } from '../../../lib/compaction/due.ts'
import { groupOutputs } from '../../../lib/compaction/output-groups.ts'
import { type PlannableFrame, planOutputs } from '../../../lib/compaction/plan.ts'
import type { Rotation } from '../../../lib/compaction/rotation.ts'
import { slotReader } from '../../../lib/compaction/slot.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 2, 29, 12)

const rotation: fc.Arbitrary<Rotation> = fc.record(
  {
    flushSize: fc.integer({ min: 1, max: 40 }),
    targetSizeBytes: fc.integer({ min: 1, max: 4000 }),
    rotateIntervalMs: fc.integer({ min: 1, max: 2 * HOUR }),
    rotateScheduleIntervalMs: fc.constantFrom(10 * MINUTE, HOUR, 24 * HOUR),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns'),
    maxOpenMs: fc.integer({ min: 1, max: 12 * HOUR }),
    across: fc.constant('partition' as const),
  },
  { requiredKeys: ['timeZone', 'maxOpenMs', 'across'] },
)

/** Frames as they are staged: in the order of their offsets, some of them without timestamps. */
const frames: fc.Arbitrary<PlannableFrame[]> = fc
  .array(
    fc.record({
      path: fc.constantFrom(undefined, 'a', 'b'),
      form: fc.constantFrom('f1', 'f1', 'f1', 'f2'),
      bytes: fc.integer({ min: 1, max: 1000 }),
      records: fc.integer({ min: 1, max: 20 }),
      time: fc.option(fc.integer({ min: 0, max: 6 * HOUR }), { nil: undefined }),
      span: fc.integer({ min: 0, max: HOUR }),
      age: fc.integer({ min: 0, max: 24 * HOUR }),
    }),
    { maxLength: 25 },
  )
  .map(some => {
    let next = 0
    return some.map(({ time, span, age, records, ...frame }, index): PlannableFrame => {
      const first = next
      next += records
      const times = time === undefined ? [-1, -1] : [NOW - time - span, NOW - time]
      return {
        ...frame,
        ...{ key: `k${index}`, frame: 0, partition: 0, extension: 'json', records, large: [], staged: NOW - age },
        ...{ firstOffset: first, lastOffset: first + records - 1 },
        minTimestamp: times[0] as number,
        maxTimestamp: times[1] as number,
      }
    })
  })

const sum = (some: PlannableFrame[], of: 'records' | 'bytes') => some.reduce((total, one) => total + one[of], 0)

/** Of the timestamps, in milliseconds. */
function spanOf(some: PlannableFrame[]): number {
  const timed = some.filter(({ maxTimestamp }) => maxTimestamp !== -1)
  return Math.max(...timed.map(one => one.maxTimestamp)) - Math.min(...timed.map(one => one.minTimestamp))
}

test('law: each frame is in one output of its path or waits, in its order, and no output has two forms', () => {
  fc.assert(
    fc.property(frames, fc.option(rotation, { nil: undefined }), (staged, rotation) => {
      const { closed, open } = planOutputs(staged, rotation, NOW)
      expect([...closed.flatMap(output => output.frames), ...open]).toHaveLength(staged.length)
      for (const path of [undefined, 'a', 'b']) {
        const outputs = closed.filter(output => output.path === path).flatMap(output => output.frames)
        const all = [...outputs, ...open.filter(frame => frame.path === path)]
        expect(all).toEqual(staged.filter(frame => frame.path === path))
      }
      for (const output of closed) expect(new Set(output.frames.map(({ form }) => form)).size).toBe(1)
      if (!rotation) expect(open).toEqual([])
    }),
  )
})

// A redrive stages what was put aside. When some of it fails again, or is left out, later ones have offsets between its records.
test.each([undefined, { timeZone: 'UTC', maxOpenMs: HOUR, across: 'partition' as const }])(
  'a frame with offsets between those of an output begins the next one (%j)',
  rotation => {
    const frame = (key: string, partition: number, firstOffset: number, lastOffset: number): PlannableFrame => ({
      ...{ key, frame: 0, partition, form: 'f1', extension: 'json', bytes: 10, records: 2, large: [] },
      ...{ firstOffset, lastOffset, minTimestamp: -1, maxTimestamp: -1, staged: NOW - 2 * HOUR },
    })
    const staged = [
      frame('first', 0, 0, 50),
      frame('other', 1, 0, 9),
      frame('between', 0, 1, 34),
      frame('next', 0, 51, 60),
    ]
    const { closed, open } = planOutputs(staged, rotation, NOW)
    expect(closed.map(({ frames, reason }) => [reason, ...frames.map(({ key }) => key)])).toEqual([
      ['order', 'first', 'other'],
      [rotation ? 'maxOpenMs' : 'all', 'between', 'next'],
    ])
    expect(open).toEqual([])
  },
)

test('law: an output closes with the frame that reaches its records or bytes, and not before', () => {
  fc.assert(
    fc.property(frames, rotation, (staged, rotation) => {
      const { flushSize = Number.POSITIVE_INFINITY, targetSizeBytes = Number.POSITIVE_INFINITY } = rotation
      const { closed, open } = planOutputs(staged, rotation, NOW)
      const isFull = (some: PlannableFrame[]) =>
        sum(some, 'records') >= flushSize || sum(some, 'bytes') >= targetSizeBytes
      for (const { frames, reason } of closed) {
        expect(isFull(frames)).toBe(reason === 'flushSize' || reason === 'targetSizeBytes')
        expect(isFull(frames.slice(0, -1))).toBe(false)
      }
      for (const group of Map.groupBy(open, ({ path }) => path).values()) expect(isFull(group)).toBe(false)
    }),
  )
})

test('law: the timestamps of an output span no more than the interval, unless one batch’s do', () => {
  fc.assert(
    fc.property(frames, rotation, (staged, rotation) => {
      const { rotateIntervalMs } = rotation
      fc.pre(rotateIntervalMs !== undefined)
      for (const { frames } of planOutputs(staged, rotation, NOW).closed) {
        const timed = frames.filter(({ maxTimestamp }) => maxTimestamp !== -1)
        if (timed.length > 1) expect(spanOf(frames)).toBeLessThanOrEqual(rotateIntervalMs)
      }
    }),
  )
})

test('law: nothing waits beyond its slot or maxOpenMs, and no output has batches of two slots', () => {
  fc.assert(
    fc.property(frames, rotation, (staged, rotation) => {
      const { rotateScheduleIntervalMs: interval, timeZone, maxOpenMs } = rotation
      const slotOf = interval ? slotReader(timeZone, interval) : () => ''
      const { closed, open } = planOutputs(staged, rotation, NOW)
      for (const { frames } of closed) expect(new Set(frames.map(frame => slotOf(frame.staged))).size).toBe(1)
      for (const { staged } of open) {
        expect(slotOf(staged)).toBe(slotOf(NOW))
        expect(NOW - staged).toBeLessThan(maxOpenMs)
      }
    }),
  )
})

test('law: what waits still waits when it is planned again', () => {
  fc.assert(
    fc.property(frames, rotation, (staged, rotation) => {
      const { open } = planOutputs(staged, rotation, NOW)
      expect(planOutputs(open, rotation, NOW)).toEqual({ closed: [], open })
    }),
  )
})

// A unit isn't looked at when nothing is due by the names of what is staged.
test('law: a unit is due by its names whenever something closes', () => {
  fc.assert(
    fc.property(frames, fc.option(rotation, { nil: undefined }), (staged, rotation) => {
      fc.pre(staged.length > 0)
      const summary = staged
        .map(({ key, bytes: size, staged, records, form, minTimestamp, maxTimestamp }) => {
          const offsets = { firstOffset: 0, lastOffset: records - 1, digest: '', extension: 'json' }
          const name = { topic: 't', partition: 0, records, form, minTimestamp, maxTimestamp, ...offsets }
          return { key, size, staged, name }
        })
        .reduce<ReturnType<typeof summarize> | undefined>(summarize, undefined)
      const { closed } = planOutputs(staged, rotation, NOW)
      if (closed.length > 0 && summary) expect(dueReader(rotation, NOW)(summary)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

// What isn't complete is lost with the run, so an object has to be small enough for one; a plan can't be called off.
describe('an output closes at 2 GiB', () => {
  const frame = (index: number, path?: string): PlannableFrame => ({
    ...{
      key: `k${index}`,
      frame: 0,
      path,
      partition: 0,
      form: 'f',
      extension: 'json',
      bytes: 1024 ** 3,
      records: 1,
      large: [],
    },
    ...{ firstOffset: index, lastOffset: index, minTimestamp: NOW, maxTimestamp: NOW, staged: NOW },
  })
  const five = Array.from({ length: 5 }, (_, index) => frame(index))

  test.each<[string, Partial<Rotation> | undefined]>([
    ['by records', { flushSize: 1_000_000 }],
    ['by the clock', { rotateScheduleIntervalMs: HOUR }],
    ['without rotation', undefined],
  ])('with objects %s', (_, limits) => {
    const rotation = limits && { timeZone: 'UTC', maxOpenMs: HOUR, across: 'partition' as const, ...limits }
    const { closed } = planOutputs(five, rotation, NOW)
    const full = closed.filter(({ reason }) => reason === 'targetSizeBytes')
    expect(full.map(({ frames }) => frames.length)).toEqual([2, 2])
  })

  test('and so do those together that are open at the same time', () => {
    const { closed } = planOutputs([...five, ...five.map((_, index) => frame(index, 'a'))], undefined, NOW)
    const outputs = closed.map(({ path, frames }) => ({ path, bytes: frames.length * 1024 ** 3 }) as PlannedOutput)
    const groups = groupOutputs(outputs, 96, () => 8)
    expect(groups.map(({ outputs }) => outputs.length)).toEqual([3, 3])
  })
})
