import { setTimeout as sleep } from 'node:timers/promises'
import type { StartedSystem, Victim } from '../systems/system.ts'
import type { Fault } from './fault.ts'

/** Kills follow each other at this distance, so that an instance is at work in between. */
const BETWEEN_KILLS_MS = [150, 1_200] as const

/** What kinds of processes a fault is about, in words. */
const processes = {
  function: 'the functions that mappings call',
  job: 'the functions that schedules call (compact, sync-offsets)',
  command: 'the commands that a person runs (restore, redrive)',
  server: 'the servers, such as that of the container,',
} satisfies Record<Victim['kind'], string>

function victimsOf(systems: Iterable<StartedSystem>, kind: Victim['kind']): Victim[] {
  return Array.from(systems, ({ victims }) => victims)
    .flat()
    .filter(victim => victim.kind === kind)
}

/** How often the processes of a system were killed or frozen at work. */
function hits(kind: Victim['kind']): Fault['met'] {
  return ({ systems }, name) => {
    const system = systems.get(name)
    return victimsOf(system ? [system] : [], kind).reduce((sum, victim) => sum + victim.hits, 0)
  }
}

/** Kills processes again and again, each at moments of its own, whatever they are doing. */
function killed(kind: Victim['kind']): Fault {
  return {
    summary: `${processes[kind]} are killed, again and again`,
    harms: kind,
    lastsMs: [1_000, 4_000],
    met: hits(kind),
    async begin(context) {
      let isOver = false
      const killing = victimsOf(context.systems.values(), kind).map(async victim => {
        while (!isOver) {
          await sleep(context.random.between(...BETWEEN_KILLS_MS))
          if (!isOver) await victim.kill()
        }
      })
      return async () => {
        isOver = true
        await Promise.all(killing)
      }
    },
  }
}

const BEYOND_THE_LIMIT = 'beyond the limit of an invocation'

/**
 * Stops processes in the middle of their work until the fault ends. Their calls end at the limit of an invocation, and a person gives
 * up a command; another process takes over. Then the first one continues with what it was doing, as an instance that was frozen does.
 *
 * @param lastsMs longer than what they are waited for, so that the other process is at work
 */
function frozen(kind: Victim['kind'], lastsMs: Fault['lastsMs'], howLong = BEYOND_THE_LIMIT): Fault {
  return {
    summary: `${processes[kind]} are frozen ${howLong}, and continue later`,
    harms: kind,
    lastsMs,
    met: hits(kind),
    async begin(context) {
      const victims = victimsOf(context.systems.values(), kind)
      for (const victim of victims) victim.freeze()
      return async () => {
        for (const victim of victims) victim.thaw()
      }
    },
  }
}

export const victimFaults = {
  'function-killed': killed('function'),
  'function-frozen': frozen('function', [8_000, 13_000]),
  'job-killed': killed('job'),
  'job-frozen': frozen('job', [17_000, 22_000]),
  'command-killed': killed('command'),
  'command-frozen': frozen('command', [18_000, 25_000], 'until others run in their place'),
  'server-killed': killed('server'),
  'server-frozen': frozen('server', [8_000, 13_000]),
} satisfies Record<string, Fault>
