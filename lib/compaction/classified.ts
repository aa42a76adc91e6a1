import { CoverageLookup } from '../commits/coverage.ts'
import type { LogState } from '../commits/log-state.ts'
import { countOf, intersect, subtract, unite } from '../commits/offset-runs.ts'
import { asCodedError, type CodedError } from '../error.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { compareWithCommitted } from './comparison.ts'
import { type EarlierObject, earlierWith } from './earlier-objects.ts'
import { type FrameFacts, framesOf } from './staged-frames.ts'
import { isWhole, untilWhole } from './staged-reading.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** What is done with a staged object. */
export type Decision =
  | { kind: 'take'; object: StagedObject; frames: FrameFacts[]; offsets: OffsetRuns; keep?: OffsetRuns; late: boolean }
  /** Its offsets were taken, and not all of those objects are written. */
  | { kind: 'wait'; object: StagedObject }
  /** Everything in it is in objects. */
  | { kind: 'delete'; object: StagedObject }
  | { kind: 'quarantine'; object: StagedObject; reason: string }
  /** It can't be read. */
  | { kind: 'damaged'; object: StagedObject; error: CodedError }
  /** Another worker has deleted it meanwhile. */
  | { kind: 'gone'; object: StagedObject }

export type Taken = Extract<Decision, { kind: 'take' }>

/** Decides about staged objects, each by the log alone: what is only staged never decides about another. */
export class Classifier {
  readonly #state: LogState
  readonly #lookup: CoverageLookup
  readonly #work: UnitWork

  constructor(state: LogState, work: UnitWork) {
    this.#state = state
    this.#work = work
    this.#lookup = new CoverageLookup(work.log, state)
  }

  /** @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `COMMIT_LOG_NEWER`, and those of the store */
  async decide(object: StagedObject): Promise<Decision> {
    try {
      const missing = this.#state.missing.find(({ key }) => key === object.key)
      // The object may have been staged again since, with the same bytes under the same key.
      if (missing && !(await isWhole(object, this.#work)))
        return { kind: 'quarantine', object, reason: 'it is damaged' }
      const frames = await untilWhole(() => framesOf(object, this.#work.indexes))
      return await this.#decide(object, frames, missing?.partly ?? false)
    } catch (thrown) {
      const error = asCodedError(thrown)
      if (error.code === 'STORE_OBJECT_MISSING') return { kind: 'gone', object }
      if (error.code !== 'STAGED_OBJECT_DAMAGED' || this.#work.compaction.policy === 'fail') throw thrown
      return { kind: 'damaged', object, error }
    }
  }

  async #decide(object: StagedObject, frames: FrameFacts[], isPartlyMissing: boolean): Promise<Decision> {
    const { name } = object
    const offsets = unite(...frames.map(frame => frame.offsets))
    if (name.firstOffset >= (this.#state.positions[name.partition] ?? 0))
      return { kind: 'take', object, frames, offsets, late: false }
    return await this.#decideLate(object, frames, offsets, isPartlyMissing)
  }

  async #decideLate(
    object: StagedObject,
    frames: FrameFacts[],
    offsets: OffsetRuns,
    isPartlyMissing: boolean,
  ): Promise<Decision> {
    const { key, name } = object
    const coverage = await this.#lookup.of(key, name.partition, offsets)
    if (!coverage) return { kind: 'quarantine', object, reason: 'the entry of the commit log that would tell is gone' }
    if (coverage.waiting.length > 0) return { kind: 'wait', object }
    const earlier = await this.#earlierWith(name.partition, coverage.earlier)
    const covered = unite(coverage.covered, ...frames.map(frame => coveredBefore(frame, coverage.earlier, earlier)))
    if (covered.length === 0) return { kind: 'take', object, frames, offsets, late: true }
    const isCovered = countOf(covered) === countOf(offsets)
    if (isCovered && coverage.consumed && !isPartlyMissing) return { kind: 'delete', object }
    const where = { coverage, earlier, lookup: this.#lookup }
    const reason = await compareWithCommitted(object, covered, where, this.#work)
    if (reason) return { kind: 'quarantine', object, reason }
    if (isCovered) return { kind: 'delete', object }
    return { kind: 'take', object, frames, offsets, keep: subtract(offsets, covered), late: true }
  }

  async #earlierWith(partition: number, offsets: OffsetRuns): Promise<EarlierObject[]> {
    if (offsets.length === 0) return []
    return await earlierWith(partition, offsets, this.#work)
  }
}

/** What lies between two records of a path is fixed, so an object with these bounds has all records of its path within them. */
function coveredBefore({ path, offsets }: FrameFacts, before: OffsetRuns, earlier: EarlierObject[]): OffsetRuns {
  const bounds = earlier.filter(object => object.path === path).map(object => object.bounds)
  return intersect(intersect(offsets, before), unite(...bounds))
}
