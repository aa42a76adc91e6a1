import { readFileSync } from 'node:fs'
import { fillTables } from '../../../local/readme-tables.ts'
import type { Findings } from '../../chaos/checker/verdict.ts'
import { faults } from '../../chaos/faults/index.ts'
import { type Outcome, outcomeOf } from '../../chaos/report/outcome.ts'
import { proofText, readProofs } from '../../chaos/report/proof.ts'
import { PAGE, proofTables } from '../../chaos/report/tables.ts'
import { systems } from '../../chaos/systems/index.ts'

const findings: Findings = {
  ...{ produced: 1_000, found: 1_000, lost: 0, duplicated: 0, outOfOrder: 0, wrongBytes: 0, invented: 0 },
  ...{ putAside: { count: 0, reasons: {} }, examples: [] },
}

/** An outcome of a run in which each fault has met the system once. */
function outcome(seed: number, system: string, names: string[], changes: Partial<Outcome> = {}): Outcome {
  const schedule = { seed, batchSize: 50, faults: names.map(name => ({ name, atMs: 10, lastsMs: 20, seed: 5 })) }
  const verdict = {
    ...findings,
    longestPauseMs: 1_000 * seed,
    caughtUpMs: 500 * seed,
    sightings: undefined,
    broken: [],
  }
  const met = Object.fromEntries(names.map(name => [name, 1]))
  return { ...outcomeOf({ schedule, system, verdict, met, broken: [] }), ...changes }
}

/** The rows of a table, by the first cell of each, without the head. */
function tableOf(name: string, outcomes: Outcome[]): Record<string, string[]> {
  const tables = proofTables(new Map([['a.json', { command: 'npm run chaos -- --seed 1', outcomes }]]))
  const [, , ...rows] = tables[name]?.().split('\n') ?? []
  const cells = rows.map(row => row.slice(2, -2).split(' | '))
  return Object.fromEntries(cells.map(([first = '', ...rest]) => [first.replaceAll('`', ''), rest]))
}

test(`the tables of ${PAGE} are what the sources and docs/proof give (npm run chaos:report writes them)`, () => {
  const text = readFileSync(new URL(`../../../${PAGE}`, import.meta.url), 'utf8')
  expect(fillTables(text, proofTables(readProofs()))).toBe(text)
})

test('every table is in the page', () => {
  const text = readFileSync(new URL(`../../../${PAGE}`, import.meta.url), 'utf8')
  const named = Array.from(text.matchAll(/<!-- table: (.+?) -->/g), ([, name]) => name)
  expect(named.toSorted()).toEqual(Object.keys(proofTables(new Map())).toSorted())
})

test('results are kept with a line for each run, and read back as they were', () => {
  const outcomes = [outcome(1, 'dump-json', ['broker-killed']), outcome(2, 'dump-json', [], { caughtUpMs: undefined })]
  const proof = { command: 'npm run chaos -- --seed 1', outcomes }
  const text = proofText(proof)
  expect(text.trimEnd().split('\n')).toHaveLength(outcomes.length + 2)
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(proof)))
})

test('the records of a system are added up over its runs', () => {
  const putAside = { count: 3, reasons: { STORE_UNAVAILABLE: 2, STORE_DENIED: 1 } }
  const { 'dump-jsonl-log': cells } = tableOf('records', [
    outcome(1, 'dump-jsonl-log', [], { putAside, found: 997 }),
    outcome(2, 'dump-jsonl-log', [], { putAside, found: 996, lost: 1, broken: ['1 records are lost'] }),
    outcome(2, 'replicate', []),
  ])
  expect(cells).toEqual([
    ...['2', '2,000', '1,993', '1', '0', '0', '0', '0'],
    ...['4 STORE_UNAVAILABLE, 2 STORE_DENIED', '1 of 2'],
  ])
})

test('pauses and times have their median and the most; a run that never caught up is counted apart', () => {
  const seeds = [4, 1, 3]
  const runs = seeds.map(seed => outcome(seed, 'replicate', []))
  expect(tableOf('times', [...runs, outcome(2, 'replicate', [], { caughtUpMs: undefined })])).toEqual({
    replicate: ['2.5 s', '4 s', '1.5 s', '2 s', '1'],
  })
})

test('a fault is counted alone and with others, in runs whose system it has met', () => {
  const broken = { broken: ['1 records are lost'], lost: 1 }
  const table = tableOf('faults shown', [
    outcome(1, 'dump-json', ['store-hangs'], { met: { 'store-hangs': 4 } }),
    outcome(1, 'knative', ['store-hangs']),
    outcome(1, 'dump-rotated', ['store-hangs'], { met: { 'store-hangs': 0 } }),
    outcome(1, 'replicate', ['store-hangs'], { ...broken, met: {} }),
    outcome(2, 'dump-json', ['store-hangs', 'target-away'], { ...broken, met: { 'store-hangs': 2 } }),
    outcome(3, 'knative', ['store-hangs', 'target-away'], { ...broken, met: { 'store-hangs': 1 } }),
    outcome(4, 'knative', ['store-hangs'], { met: undefined }),
  ])
  expect(table['store-hangs']).toEqual(['8', '1', '2 of 2 runs', '2', '0 of 2 runs', '2', '2–3'])
  expect(table['target-away']).toEqual(['0', '0', '–', '0', '–', '0', ''])
  expect(Object.keys(table)).toEqual(Object.keys(faults))
})

test('a run that broke a law is named with its seed, its faults and what is broken', () => {
  expect(
    tableOf('broken laws', [outcome(7, 'dump-json', ['broker-killed'], { broken: ['it never caught up'] })]),
  ).toEqual({ 'a.json, 7': ['`dump-json`', '`broker-killed`', 'it never caught up'] })
})

test('runs of other people’s systems are in tables of their own', () => {
  const runs = [outcome(1, 'mirror-maker', []), outcome(1, 'replicate', [])]
  expect(Object.keys(tableOf('records', runs))).toEqual(['replicate'])
  expect(Object.keys(tableOf('records of other systems', runs))).toEqual(['mirror-maker'])
})

test('each fault can harm some system, and each system uses nothing that no fault harms', () => {
  const used = new Set(Object.values(systems).flatMap(({ uses }) => uses))
  const harmed = new Set(Object.values(faults).map(({ harms }) => harms))
  expect([...used].toSorted()).toEqual([...harmed].toSorted())
})
