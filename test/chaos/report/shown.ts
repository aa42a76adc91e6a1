import { code, count, counts, markdownTable, seconds } from '../../support/markdown.ts'
import { faults } from '../faults/index.ts'
import { systems } from '../systems/index.ts'
import type { ChaosSystem } from '../systems/system.ts'
import type { Outcome } from './outcome.ts'
import type { Proof } from './proof.ts'

/** One system under one schedule. */
export interface Run extends Outcome {
  /** The file that has it; with its seed, this names a schedule. */
  file: string
}

export type Proofs = ReadonlyMap<string, Proof>

const NONE = 'No run yet.'

/** @param of the systems that are asked about */
export function runsOf(proofs: Proofs, of: Readonly<Record<string, ChaosSystem>>): Run[] {
  const all = Array.from(proofs, ([file, { outcomes }]) => outcomes.map(outcome => ({ ...outcome, file }))).flat()
  return all.filter(({ system }) => system in of)
}

/** What was called, and what schedules came of it. */
export function commandsTable(proofs: Proofs): string {
  if (proofs.size === 0) return NONE
  const rows = Array.from(proofs, ([file, { command, outcomes }]) => {
    const seeds = new Set(outcomes.map(({ seed }) => seed))
    const produced = sum(outcomes, ({ produced }) => produced)
    return [`[${file}](proof/${file})`, code(command), rangesText(seeds), count(outcomes.length), count(produced)]
  })
  return markdownTable(['results', 'command', 'seeds', 'runs', 'records'], rows)
}

/** What is left behind, a row for each system. */
export function recordsTable(runs: readonly Run[]): string {
  const head = ['produced', 'found', 'lost', 'repeated', 'out of order', 'other bytes', 'not on the source']
  return bySystem(runs, ['runs', ...head, 'put aside', 'all laws kept in'], own => [
    count(own.length),
    count(sum(own, ({ produced }) => produced)),
    count(sum(own, ({ found }) => found)),
    count(sum(own, ({ lost }) => lost)),
    count(sum(own, ({ duplicated }) => duplicated)),
    count(sum(own, ({ outOfOrder }) => outOfOrder)),
    count(sum(own, ({ wrongBytes }) => wrongBytes)),
    count(sum(own, ({ invented }) => invented)),
    counts(addedUp(own.map(({ putAside }) => putAside.reasons))) || '0',
    `${count(own.filter(isKept).length)} of ${count(own.length)}`,
  ])
}

/** How long systems stood still, and how soon they had all records after the last fault. */
export function timesTable(runs: readonly Run[]): string {
  const head = ['longest pause: median', 'most', 'caught up after: median', 'most', 'never caught up']
  return bySystem(runs, head, own => {
    const pauses = own.map(({ longestPauseMs }) => longestPauseMs)
    const times = own.flatMap(({ caughtUpMs }) => caughtUpMs ?? [])
    return [
      seconds(median(pauses)),
      seconds(Math.max(...pauses)),
      ...(times.length > 0 ? [seconds(median(times)), seconds(Math.max(...times))] : ['–', '–']),
      count(own.length - times.length),
    ]
  })
}

/** What readers saw who looked while the runs lasted. */
export function momentsTable(runs: readonly Run[]): string {
  const watched = runs.filter(({ sightings }) => sightings)
  return bySystem(watched, ['runs', 'looks', 'records seen', 'there twice', 'gone again', 'could not be read'], own => [
    count(own.length),
    ...(['looks', 'seen', 'twice', 'vanished', 'unreadable'] as const).map(what =>
      count(sum(own, ({ sightings }) => sightings?.[what] ?? 0)),
    ),
  ])
}

/** A row for each fault: only runs whose system it has met say something about it. */
export function faultsShownTable(runs: readonly Run[]): string {
  const rows = Object.keys(faults).map(name => {
    const with_ = runs.filter(run => run.faults.some(([each]) => each === name))
    const reached = with_.filter(({ met }) => (met?.[name] ?? 0) > 0)
    const [alone, combined] = [
      reached.filter(({ faults }) => faults.length === 1),
      reached.filter(({ faults }) => faults.length > 1),
    ]
    return [
      code(name),
      count(sum(reached, ({ met }) => met?.[name] ?? 0)),
      ...[alone, combined].flatMap(own => [count(schedulesOf(own)), keptText(own)]),
      count(sum(reached, ({ lost }) => lost)),
      rangesText(new Set(reached.filter(run => !isKept(run)).map(({ seed }) => seed))),
    ]
  })
  const head = ['met', 'alone: schedules', 'laws kept in', 'with others: schedules', 'laws kept in', 'lost']
  return markdownTable(['fault', ...head, 'seeds of broken laws'], rows)
}

/** Each run that broke a law. */
export function brokenTable(runs: readonly Run[]): string {
  const rows = runs
    .filter(run => !isKept(run))
    .map(({ file, seed, system, faults, broken }) => [
      `${file}, ${seed}`,
      code(system),
      faults.map(([name]) => code(name)).join(', '),
      broken.join('; '),
    ])
  if (runs.length === 0) return NONE
  return rows.length === 0 ? 'None.' : markdownTable(['seed', 'system', 'faults', 'what is broken'], rows)
}

function bySystem(runs: readonly Run[], head: readonly string[], cells: (own: readonly Run[]) => string[]): string {
  if (runs.length === 0) return NONE
  const groups = Map.groupBy(runs, ({ system }) => system)
  const names = Object.keys(systems).filter(name => groups.has(name))
  return markdownTable(
    ['system', ...head],
    names.map(name => [code(name), ...cells(groups.get(name) ?? [])]),
  )
}

function isKept({ broken }: Run): boolean {
  return broken.length === 0
}

function keptText(runs: readonly Run[]): string {
  return runs.length === 0 ? '–' : `${count(runs.filter(isKept).length)} of ${count(runs.length)} runs`
}

function schedulesOf(runs: readonly Run[]): number {
  return new Set(runs.map(({ file, seed }) => `${file} ${seed}`)).size
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0)
}

function addedUp(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const [name, number] of all.flatMap(each => Object.entries(each))) total[name] = (total[name] ?? 0) + number
  return total
}

/** @param numbers at least one */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const half = sorted.length >> 1
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[half], sorted[half]] : sorted.slice(half - 1, half + 1)
  return (low + high) / 2
}

/** `1–40, 44` */
function rangesText(numbers: ReadonlySet<number>): string {
  const ranges: [number, number][] = []
  for (const number of Array.from(numbers).toSorted((one, other) => one - other)) {
    const last = ranges.at(-1)
    if (last && number === last[1] + 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(', ')
}
