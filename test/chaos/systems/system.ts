import type { FoundRecord, PutAside } from '../checker/found.ts'
import type { Laws } from '../checker/laws.ts'
import type { Viewer } from '../checker/moments.ts'
import type { Fault } from '../faults/fault.ts'
import type { TrueRecord } from '../load/truth.ts'
import type { World } from '../world/world.ts'

/** A process of a system under test that can be harmed. */
export interface Victim {
  /** `function`: called by a mapping. `job`: called by a schedule, such as compact. `command`: run by a person, such as restore. */
  kind: 'function' | 'job' | 'command' | 'server'
  /** How often it was killed or frozen while it was at work, or was given work while it was frozen. */
  readonly hits: number
  /** SIGKILL; the next call starts another one. */
  kill(): Promise<void>
  /** SIGSTOP. Calls that wait for it end after their limit, and get another process: this one is a zombie then. */
  freeze(): void
  /** SIGCONT of the frozen one: it continues with what it was doing. */
  thaw(): void
  /** From now on its clock is wrong by so many milliseconds, also that of processes that follow; 0 puts it right. Absent: it can't be. */
  skewClock?(milliseconds: number): void
}

/** A mapping of a system under test. */
export interface ChaosMapping {
  /**
   * Stops its poller and starts another one of the same group.
   *
   * @param batchSize default: that of the schedule
   */
  restart(batchSize?: number): Promise<void>
  /** Starts one more poller of the same group. @returns what stops it */
  addPoller(): Promise<() => Promise<void>>
}

export interface StartedSystem {
  victims: readonly Victim[]
  mappings: readonly ChaosMapping[]
  /**
   * Gives the system the store's new credentials, those of `world.store.address`, after its old ones were revoked. Absent: it has
   * no credentials of the store.
   */
  rotateCredentials?(): Promise<void>
  /**
   * What docs/operate.md has an operator do before a topic is deleted and created again, such as to pause the mappings. Called when
   * everything is delivered. What is returned is called when the new topic is there. Absent: nothing has to be done.
   */
  recreating?(): Promise<() => Promise<void>>
  /**
   * How far it is on the source: the sum of the offsets that are done with, over all partitions of all topics. It has caught up
   * when this is the sum of the partitions' ends, which the load's last records make reachable: they are in no transaction.
   * Never rejects because of a fault: the last figure then.
   */
  progress(): Promise<number>
  /** Called when the load has ended, all faults are healed, and progress has reached the load: last runs of jobs, a failover, a restore. */
  finish(): Promise<void>
  /** What a reader finds who reads everything. Called after `finish`. */
  found(): AsyncIterable<FoundRecord>
  /**
   * A reader that looks again and again while the run lasts. Absent: readers may see a record twice.
   */
  view?(): Promise<Viewer>
  /** What is left of a record on its way to the system, where its platform can’t pass on everything. Absent: all of it. */
  carried?(record: TrueRecord): TrueRecord
  putAside(): Promise<PutAside[]>
  /** Broken promises that the records themselves don't show, as sentences, such as those of a failover. Called after `finish`. */
  findings?(): Promise<string[]>
  /** Ends all of its processes. */
  stop(): Promise<void>
}

export interface SystemContext {
  world: World
  /** Unique for the schedule and the system: the bucket’s name, and the beginning of those of groups and other topics. */
  name: string
  topics: readonly string[]
  /** Follows from the schedule’s seed. */
  batchSize: number
  /** A line for `--verbose`. */
  say(line: string): void
}

/** A system under test. */
export interface ChaosSystem {
  /** What it is, with its settings that matter, for the table. */
  summary: string
  laws: Laws
  /** What it is made of and depends on: faults that harm anything else don't reach it. */
  uses: readonly Fault['harms'][]
  start(context: SystemContext): Promise<StartedSystem>
}
