import { code, markdownTable } from '../../support/markdown.ts'
import { type Fault, reaches } from '../faults/fault.ts'
import { faults } from '../faults/index.ts'
import { otherSystems } from '../others/index.ts'
import { ownSystems } from '../systems/index.ts'
import type { ChaosSystem } from '../systems/system.ts'

/** What can be harmed, in words, and why a system that doesn't have it isn't reached. */
const parts: Readonly<Record<Fault['harms'], { what: string; without: string }>> = {
  brokers: { what: 'the source’s brokers', without: 'it reads no topics' },
  network: { what: 'connections to brokers', without: 'it has no connections to brokers' },
  topics: { what: 'the source’s topics', without: 'it reads no topics' },
  'topic ids': {
    what: 'which topic a name means',
    without: 'its documents don’t say what to do with the positions that it keeps of such a topic',
  },
  mapping: { what: 'event source mappings', without: 'it reads topics without an event source mapping' },
  function: { what: 'functions that mappings call', without: 'it has no function that a mapping calls' },
  clock: { what: 'the clocks of functions', without: 'it has no function whose clock could be changed' },
  job: { what: 'functions that schedules call', without: 'it has no function that a schedule calls' },
  command: { what: 'commands that a person runs', without: 'it has no command that a person runs' },
  server: { what: 'servers that run all the time', without: 'it has no server that runs all the time' },
  store: { what: 'the store', without: 'it doesn’t use a store' },
  credentials: { what: 'credentials of the store', without: 'it has no credentials of the store' },
  target: { what: 'the target cluster', without: 'it doesn’t use the target cluster' },
  'dead letters': { what: 'the cluster of failed records', without: 'it has no topics for failed records there' },
}

/** Each fault of the nemesis: what happens, to what, how long, and which systems it can reach. */
export function faultsTable(): string {
  const rows = Object.entries(faults).map(([name, fault]) => [
    code(name),
    fault.summary,
    parts[fault.harms].what,
    durationText(fault.lastsMs),
    reachedText(fault),
  ])
  return markdownTable(['fault', 'what happens', 'harms', 'lasts', 'reaches'], rows)
}

/** Each of this project's systems, with the laws that it has to keep. */
export function systemsTable(): string {
  return lawsTable(ownSystems)
}

export function otherSystemsTable(): string {
  return lawsTable(otherSystems)
}

/** The faults that reach none of a system's parts, and why. */
export function notReachedTable(): string {
  const rows = Object.entries(otherSystems).flatMap(([name, system]) => {
    const others = Object.entries(faults).filter(([, fault]) => !reaches(fault, system))
    const byPart = Map.groupBy(others, ([, { harms }]) => harms)
    return Array.from(byPart, ([harms, own]) => [
      code(name),
      own.map(([fault]) => code(fault)).join(', '),
      parts[harms].without,
    ])
  })
  return markdownTable(['system', 'faults', 'why they can’t reach it'], rows)
}

function lawsTable(of: Readonly<Record<string, ChaosSystem>>): string {
  const rows = Object.entries(of).map(([name, { summary, laws }]) => [
    code(name),
    summary,
    laws.duplicates,
    laws.putAside,
  ])
  return markdownTable(['system', 'what it is', 'a record twice', 'records put aside'], rows)
}

function durationText([least, most]: Fault['lastsMs']): string {
  if (most === 0) return 'until it is done'
  const [from, to] = [least / 1_000, most / 1_000]
  return from === to ? `${to} s` : `${from} to ${to} s`
}

function reachedText(fault: Fault): string {
  const names = Object.keys(ownSystems)
  const reached = names.filter(name => reaches(fault, ownSystems[name] as ChaosSystem))
  if (reached.length === names.length) return 'all'
  const missing = names.filter(name => !reached.includes(name))
  if (missing.length < reached.length) return `all but ${missing.map(code).join(', ')}`
  return reached.map(code).join(', ')
}
