import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../support/simulation/random.ts'
import type { Fault, FaultContext } from './faults/fault.ts'
import type { PlannedFault } from './schedule.ts'

/**
 * Causes the faults of a schedule, each at its time. Resolves when all of them have ended.
 *
 * @throws when a fault can't be caused or ended: then the run shows nothing
 */
export async function causeFaults(
  planned: readonly PlannedFault[],
  faults: Readonly<Record<string, Fault>>,
  context: Omit<FaultContext, 'random'>,
): Promise<void> {
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
      await causeFault(each, fault, context)
    })()
    if (needs) free.set(needs, caused)
    await caused
  }
  await Promise.all(planned.map(cause))
}

async function causeFault(
  { name, lastsMs, seed }: PlannedFault,
  fault: Fault,
  context: Omit<FaultContext, 'random'>,
): Promise<void> {
  context.say(`${name} begins`)
  const end = await fault.begin({ ...context, random: new Random(seed) })
  await sleep(lastsMs)
  await end()
  context.say(`${name} has ended`)
}
