import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../support/simulation/random.ts'
import type { Fault, FaultContext } from './faults/fault.ts'
import type { PlannedFault } from './schedule.ts'

/** How often each fault has met each system: by the fault's name, then by the system's. */
export type Meetings = ReadonlyMap<string, ReadonlyMap<string, number>>

export interface NemesisContext extends Omit<FaultContext, 'random'> {
  /** Whether the load still gives the systems work. */
  isLoading(): boolean
}

/**
 * Causes the faults of a schedule, each at its time. Settles when all of them have ended, so that none of them reaches into the
 * next schedule.
 *
 * @throws when a fault can't be caused or ended: then the run shows nothing
 */
export async function causeFaults(
  planned: readonly PlannedFault[],
  faults: Readonly<Record<string, Fault>>,
  context: NemesisContext,
): Promise<Meetings> {
  const meetings = new Map<string, ReadonlyMap<string, number>>()
  /** When what a fault needs is free again. */
  const free = new Map<string, Promise<void>>()
  const cause = async (each: PlannedFault) => {
    const fault = faults[each.name]
    if (!fault) throw new Error(`There is no fault ${each.name}.`)
    await sleep(each.atMs)
    const { needs } = fault
    const before = needs ? free.get(needs) : undefined
    const caused = (async () => {
      await before
      meetings.set(each.name, await causeFault(each, fault, context))
    })()
    // A failure is thrown below. Here it only lets those begin that wait for the same.
    if (needs)
      free.set(
        needs,
        caused.catch(() => {}),
      )
    await caused
  }
  const failed = (await Promise.allSettled(planned.map(cause))).find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return meetings
}

/** @returns how often it has met each system */
async function causeFault(
  { name, lastsMs, seed }: PlannedFault,
  fault: Fault,
  context: NemesisContext,
): Promise<ReadonlyMap<string, number>> {
  const systems = Array.from(context.systems.keys())
  const before = systems.map(system => fault.met?.(context, system) ?? 0)
  const standard = context.isLoading() ? 1 : 0
  context.say(`${name} begins`)
  const end = await fault.begin({ ...context, random: new Random(seed) })
  await sleep(lastsMs)
  await end()
  context.say(`${name} has ended`)
  const met = (system: string, at: number) =>
    fault.met ? fault.met(context, system) - (before[at] as number) : standard
  return new Map(systems.map((system, at) => [system, met(system, at)]))
}
