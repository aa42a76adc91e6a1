import { type Fault, reaches } from '../../chaos/faults/fault.ts'
import { faults } from '../../chaos/faults/index.ts'
import {
  combinedSchedule,
  coveringSchedules,
  longSchedule,
  singleSchedule,
  systemsUnder,
} from '../../chaos/schedule.ts'
import { shortRun } from '../../chaos/short-run.ts'
import { systems } from '../../chaos/systems/index.ts'
import type { ChaosSystem } from '../../chaos/systems/system.ts'

const LOAD_MS = 4_000
const groups = shortRun.map(({ systems: names }) => ({
  systems: Object.fromEntries(names.map(name => [name, systems[name] as ChaosSystem])),
  loadMs: LOAD_MS,
}))

test('the short run has every system once', () => {
  expect(shortRun.flatMap(({ systems }) => systems).toSorted()).toEqual(Object.keys(systems).toSorted())
})

test('the schedules of a short run have each fault once, where it reaches one of their systems', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const schedules = coveringSchedules(seed, groups, faults)
    const planned = schedules.flatMap(({ faults }) => faults.map(({ name }) => name))
    expect(planned.toSorted()).toEqual(Object.keys(faults).toSorted())
    for (const [at, schedule] of schedules.entries())
      for (const { name } of schedule.faults) {
        const fault = faults[name]
        expect(Object.values(groups[at]?.systems ?? {}).some(system => fault && reaches(fault, system))).toBe(true)
      }
  }
})

test('in a short run brokers are suspended for long when others have had their time', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const planned = coveringSchedules(seed, groups, faults).flatMap(schedule => schedule.faults)
    expect(planned.find(({ name }) => name === 'broker-paused-long')?.atMs).toBe(0.6 * LOAD_MS)
  }
})

test('a fault that reaches none of the systems is left out', () => {
  const [schedule] = coveringSchedules(
    1,
    [{ systems: { replicate: systems.replicate as ChaosSystem }, loadMs: 10 }],
    faults,
  )
  const names = schedule?.faults.map(({ name }) => name)
  expect(names).toContain('target-away')
  expect(names).not.toContain('store-hangs')
})

test('a schedule follows from its seed', () => {
  for (const make of [
    (seed: number) => combinedSchedule(seed, faults, LOAD_MS),
    (seed: number) => singleSchedule(seed, 'broker-paused', faults, LOAD_MS),
    (seed: number) => coveringSchedules(seed, groups, faults),
  ]) {
    expect(make(7)).toEqual(make(7))
    expect(make(7)).not.toEqual(make(8))
  }
})

test('a long run has each fault alone, and each schedule reaches its systems', () => {
  const all = Object.keys(faults)
  const schedules = Array.from({ length: 4 * all.length }, (_, at) => longSchedule(1 + at, faults, LOAD_MS))
  const alone = schedules.flatMap(({ faults: [first, ...others] }) =>
    first && others.length === 0 ? [first.name] : [],
  )
  expect(alone.toSorted()).toEqual(all.toSorted())
  for (const schedule of schedules) {
    const under = Object.values(systemsUnder(schedule, faults, systems))
    expect(under.length).toBeGreaterThan(0)
    expect(under.length).toBeLessThanOrEqual(3)
    for (const system of under)
      expect(schedule.faults.some(({ name }) => reaches(faults[name] as Fault, system))).toBe(true)
    // With four faults, each may need a system of its own.
    const without = schedule.faults.filter(({ name }) => !under.some(system => reaches(faults[name] as Fault, system)))
    expect(without.length).toBeLessThanOrEqual(Math.max(schedule.faults.length - 3, 0))
  }
})

test('faults begin while the load lasts, and last as long as they may', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { faults: planned } = combinedSchedule(seed, faults, LOAD_MS)
    expect(planned.length).toBeGreaterThanOrEqual(2)
    expect(new Set(planned.map(({ name }) => name)).size).toBe(planned.length)
    for (const { name, atMs, lastsMs } of planned) {
      const [least = 0, most = 0] = faults[name]?.lastsMs ?? []
      expect(atMs).toBeLessThan(LOAD_MS)
      expect(lastsMs).toBeGreaterThanOrEqual(least)
      expect(lastsMs).toBeLessThanOrEqual(most)
    }
  }
})
