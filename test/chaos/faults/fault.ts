import type { Random } from '../../support/simulation/random.ts'
import type { ChaosSystem, StartedSystem } from '../systems/system.ts'
import type { World } from '../world/world.ts'

/** What a fault can reach. */
export interface FaultContext {
  world: World
  /** Unique for the schedule: the name of each system's bucket is this, a hyphen, and the system's name. */
  run: string
  /** The systems of this schedule that it may harm: those that stay out of it are not in here. */
  systems: ReadonlyMap<string, StartedSystem>
  /** The topics of the load. */
  topics: readonly string[]
  /** Adds partitions to a topic; the load uses them from then on. */
  addPartitions(topic: string, count: number): Promise<void>
  /** Deletes a topic when everything of it is delivered, and creates it again; the load continues with it. */
  recreate(topic: string): Promise<void>
  random: Random
  say(line: string): void
}

/** A fault that the nemesis can cause. */
export interface Fault {
  /** What happens, in a few words, for the table and for the printed schedule. */
  summary: string
  /** What it harms. A system that doesn’t use that is not affected, and the table says so. */
  harms:
    | 'brokers'
    | 'network'
    | 'store'
    | 'credentials'
    | 'function'
    | 'job'
    | 'command'
    | 'server'
    | 'mapping'
    | 'topics'
    | 'topic ids'
    | 'dead letters'
    | 'target'
    | 'clock'
  /**
   * What only one fault at a time can harm: the same network, or the same processes. Others of a schedule that need it wait, so
   * that the end of one does not heal another.
   */
  needs?: string
  /** How long it lasts, in milliseconds: the least and the most that a schedule chooses. */
  lastsMs: readonly [number, number]
  /**
   * How often such a fault has met a system so far: requests that it refused, processes that it caught at work. Absent: it meets
   * each system that the load still gives work when it begins.
   */
  met?(context: Pick<FaultContext, 'world' | 'run' | 'systems'>, system: string): number
  /** Begins it. The returned function ends it, and resolves when everything is whole again. */
  begin(context: FaultContext): Promise<() => Promise<void>>
}

/** Whether a fault can harm a system. */
export function reaches({ harms }: Fault, { uses }: ChaosSystem): boolean {
  return uses.includes(harms)
}
