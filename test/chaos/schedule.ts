import { Random } from '../support/simulation/random.ts'
import { type Fault, reaches } from './faults/fault.ts'
import type { ChaosSystem } from './systems/system.ts'

/** One fault of a schedule. */
export interface PlannedFault {
  name: string
  /** From the beginning of the load until it begins, in milliseconds. */
  atMs: number
  lastsMs: number
  /** What it chooses, such as the broker that it kills, follows from this. */
  seed: number
}

/** What happens in one run: everything follows from the seed, but for the order in which machines do things. */
export interface Schedule {
  seed: number
  faults: readonly PlannedFault[]
  batchSize: number
}

/** The most faults at a time: with more, nothing gets through, and the run shows no more than an outage does. */
const MOST_FAULTS = 4

const BATCH_SIZES = [50, 200, 1_000]

/**
 * @param faults those that may be chosen, by their names
 * @param loadMs how long the load takes: faults begin within it
 */
export function combinedSchedule(seed: number, faults: Readonly<Record<string, Fault>>, loadMs: number): Schedule {
  const random = new Random(seed)
  const names = shuffled(Object.keys(faults), random).slice(0, random.between(2, MOST_FAULTS))
  return scheduleOf(seed, names, faults, loadMs, random)
}

/** One of so many schedules in a row has a single fault: the next one at each time, so that each is alone in one of them. */
const SINGLE_OF = 4

/**
 * A schedule of a long run, which follows from its seed alone: so each can be repeated without those before it.
 *
 * @param loadMs as that of {@link combinedSchedule}
 */
export function longSchedule(seed: number, faults: Readonly<Record<string, Fault>>, loadMs: number): Schedule {
  if (seed % SINGLE_OF !== 0) return combinedSchedule(seed, faults, loadMs)
  const names = Object.keys(faults)
  return singleSchedule(seed, names[(seed / SINGLE_OF) % names.length] as string, faults, loadMs)
}

/** Two cores give a system enough to catch up when it is one of so many. */
const SYSTEMS_AT_ONCE = 3

/** Some of the systems that a schedule's faults can harm, which follow from its seed: for each fault one, as far as there is room. */
export function systemsUnder(
  { seed, faults: planned }: Schedule,
  faults: Readonly<Record<string, Fault>>,
  systems: Readonly<Record<string, ChaosSystem>>,
): Record<string, ChaosSystem> {
  const order = shuffled(Object.entries(systems), new Random(seed))
  const reachedBy = planned.map(({ name }) => order.filter(([, system]) => reaches(faults[name] as Fault, system)))
  const chosen = new Map<string, ChaosSystem>()
  // Those that only few systems can meet come first.
  for (const reached of reachedBy.toSorted((one, other) => one.length - other.length)) {
    const [first] = reached
    if (first && !reached.some(([name]) => chosen.has(name))) chosen.set(...first)
  }
  for (const [name, system] of order) if (reachedBy.flat().some(([other]) => other === name)) chosen.set(name, system)
  return Object.fromEntries(Array.from(chosen).slice(0, SYSTEMS_AT_ONCE))
}

/** A schedule with one fault only. */
export function singleSchedule(
  seed: number,
  name: string,
  faults: Readonly<Record<string, Fault>>,
  loadMs: number,
): Schedule {
  return scheduleOf(seed, [name], faults, loadMs, new Random(seed))
}

/**
 * One schedule for each group of systems, so that each fault is in one whose systems it can reach.
 *
 * @param seed the first one's; the others have those that follow
 * @param groups the systems of each, and how long its load takes, in milliseconds
 */
export function coveringSchedules(
  seed: number,
  groups: readonly { systems: Readonly<Record<string, ChaosSystem>>; loadMs: number }[],
  faults: Readonly<Record<string, Fault>>,
): Schedule[] {
  const names = groups.map((): string[] => [])
  for (const [name, fault] of shuffled(Object.entries(faults), new Random(seed))) {
    const rivals = (own: string[]) => own.filter(other => fault.needs && faults[other]?.needs === fault.needs).length
    const reached = names.filter((_, at) => reachesOneOf(fault, groups[at]?.systems ?? {}))
    // Those that wait for each other are divided first, as they make a run long.
    const [fewest] = reached.toSorted((one, other) => rivals(one) - rivals(other) || one.length - other.length)
    fewest?.push(name)
  }
  return groups.map(({ loadMs }, at) => {
    const schedule = scheduleOf(seed + at, names[at] ?? [], faults, loadMs, new Random(seed + at))
    return { ...schedule, faults: withoutWaiting(schedule.faults, faults, loadMs) }
  })
}

/** The share of the load after which brokers are suspended for longer than the rest of it. */
const OTHERS_FIRST = 0.6

/**
 * A fault that lasts longer than the rest of the load begins so much earlier, if it can: the run would wait for it. One of the brokers
 * begins when others have had their time: while a broker is suspended, hardly anything is at work that others could meet.
 */
function withoutWaiting(
  planned: readonly PlannedFault[],
  faults: Readonly<Record<string, Fault>>,
  loadMs: number,
): PlannedFault[] {
  const beginning = ({ name, atMs, lastsMs }: PlannedFault) => {
    if (lastsMs > loadMs && faults[name]?.harms === 'brokers') return loadMs * OTHERS_FIRST
    return Math.min(atMs, Math.max(loadMs - lastsMs, 0))
  }
  return planned.map(fault => ({ ...fault, atMs: beginning(fault) })).toSorted((one, other) => one.atMs - other.atMs)
}

/** Whether a fault can harm any of these systems. */
export function reachesOneOf(fault: Fault, systems: Readonly<Record<string, ChaosSystem>>): boolean {
  return Object.values(systems).some(system => reaches(fault, system))
}

function scheduleOf(
  seed: number,
  names: readonly string[],
  faults: Readonly<Record<string, Fault>>,
  loadMs: number,
  random: Random,
): Schedule {
  const planned = names.map(name => {
    const [least, most] = faults[name]?.lastsMs ?? [0, 0]
    return {
      name,
      atMs: random.between(0, Math.floor(loadMs * 0.8)),
      lastsMs: random.between(least, most),
      seed: random.below(2 ** 31),
    }
  })
  return { seed, faults: planned.toSorted((one, other) => one.atMs - other.atMs), batchSize: random.pick(BATCH_SIZES) }
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map(item => ({ item, place: random.next() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ item }) => item)
}

/** A schedule on one line, for people: `1.2 s broker-killed for 3 s · 2.0 s store-slow-down for 1.5 s`. */
export function scheduleText({ faults, batchSize }: Schedule): string {
  const seconds = (milliseconds: number) => `${(milliseconds / 1_000).toFixed(1)} s`
  const parts = faults.map(({ name, atMs, lastsMs }) => `${seconds(atMs)} ${name} for ${seconds(lastsMs)}`)
  return `batches of ${batchSize} · ${parts.join(' · ')}`
}
