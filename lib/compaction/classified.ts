import pMap from 'p-map'
import { CoverageLookup } from '../commits/coverage.ts'
import type { LogState } from '../commits/log-state.ts'
import { countOf, intersect, subtract, unite } from '../commits/offset-runs.ts'
import { asCodedError, type CodedError } from '../error.ts'
import type { OffsetRuns } from '../staging/staged-object.ts'
import { CommittedReader } from './committed-reading.ts'
import { compareWithCommitted, VANISHED } from './comparison.ts'
import { type EarlierObject, earlierWith } from './earlier-objects.ts'
import { DAMAGED } from './quarantine.ts'
import { type FrameFacts, type FrameOffsets, factsOf, framesOf } from './staged-frames.ts'
import { isWhole, untilWhole } from './staged-reading.ts'
import type { StagedObject, UnitWork } from './unit-work.ts'

/** Staged objects about which something is found out at the same time. */
const AT_ONCE = 8

/** What is done with a staged object. */
export type Decision =
  | { kind: 'take'; object: StagedObject; frames: FrameFacts[]; offsets: OffsetRuns; keep?: OffsetRuns; late: boolean }
  /** Its offsets were taken, and not all of those objects are written. */
  | { kind: 'wait'; object: StagedObject }
  /** Everything in it is in objects of the log, which stay. */
  | { kind: 'delete'; object: StagedObject }
  | { kind: 'quarantine'; object: StagedObject; reason: string }
  /**
   * Like these two, but the log has to decide: because of objects that aren't the log's, which may be gone soon, when they are
   * adopted, so that another worker may take the object then; or because nothing of its offsets is missing any more.
   */
  | { kind: 'drop'; object: StagedObject; offsets: OffsetRuns; reason?: string }
  /** It can't be read. */
  | { kind: 'damaged'; object: StagedObject; error: CodedError }
  /** Another worker has deleted it meanwhile. */
  | { kind: 'gone'; object: StagedObject }

export type Taken = Extract<Decision, { kind: 'take' }>

/** A staged object that begins before the positions. */
interface LateObject {
  object: StagedObject
  /** Of all of its frames: theirs may be many more runs, so they are read when they are needed. */
  offsets: OffsetRuns
}

/** Decides about staged objects, each by the log alone: what is only staged never decides about another. */
export class Classifier {
  readonly #state: LogState
  readonly #lookup: CoverageLookup
  readonly #reader: CommittedReader
  readonly #work: UnitWork

  constructor(state: LogState, work: UnitWork) {
    this.#state = state
    this.#work = work
    this.#lookup = new CoverageLookup(work.log, state)
    this.#reader = new CommittedReader(work.compaction)
  }

  /**
   * Decides about the first of these objects, as many as the time allows, and about one at least.
   *
   * @param objects in the order of their keys
   * @throws CodedError `STAGED_OBJECT_DAMAGED` under the policy `fail`, `COMMIT_LOG_NEWER`, and those of the store
   */
  async decide(objects: StagedObject[]): Promise<Decision[]> {
    const { compaction, time } = this.#work
    const looks = await pMap(objects, object => this.#unlessUnreadable(object, () => this.#look(object)), {
      concurrency: AT_ONCE,
    })
    const late = looks.flatMap(look => ('kind' in look ? [] : look))
    try {
      const earlier = await this.#earlierOf(late)
      const decisions: Decision[] = []
      // In their order, so that committed objects are read only once.
      for (const look of looks) {
        if (decisions.length > 0 && compaction.now() >= time.deadline) break
        decisions.push(
          'kind' in look ? look : await this.#unlessUnreadable(look.object, () => this.#decideLate(look, earlier)),
        )
      }
      return decisions
    } finally {
      await this.#reader.close()
    }
  }

  async #unlessUnreadable<T>(object: StagedObject, look: () => Promise<T>): Promise<T | Decision> {
    try {
      return await look()
    } catch (thrown) {
      const error = asCodedError(thrown)
      if (error.code === 'STORE_OBJECT_MISSING') return { kind: 'gone', object }
      if (error.code !== 'STAGED_OBJECT_DAMAGED' || this.#work.compaction.policy === 'fail') throw thrown
      return { kind: 'damaged', object, error }
    }
  }

  /** Decides at once unless the object is late. */
  async #look(object: StagedObject): Promise<Decision | LateObject> {
    const { key, name } = object
    const missing = this.#state.missing.find(input => input.key === key)
    // The object may have been staged again since, with the same bytes under the same key.
    if (missing && !(await isWhole(object, this.#work))) return { kind: 'quarantine', object, reason: DAMAGED }
    const frames = await this.#framesOf(object)
    const offsets = unite(frames.flatMap(frame => frame.offsets))
    if (name.firstOffset >= (this.#state.positions[name.partition] ?? 0))
      return { kind: 'take', object, frames: factsOf(frames), offsets, late: false }
    return { object, offsets }
  }

  async #framesOf(object: StagedObject): Promise<FrameOffsets[]> {
    return await untilWhole(() => framesOf(object, this.#work.indexes))
  }

  async #decideLate({ object, offsets }: LateObject, all: EarlierObject[]): Promise<Decision> {
    const { key, name } = object
    const coverage = await this.#lookup.of(key, name.partition, offsets)
    if (!coverage) return { kind: 'quarantine', object, reason: 'the entry of the commit log that would tell is gone' }
    if (coverage.waiting.length > 0) return { kind: 'wait', object }
    const earlier = all.filter(
      ({ partition, bounds }) => partition === name.partition && intersect(bounds, coverage.earlier).length > 0,
    )
    const frames = await this.#framesOf(object)
    const before = frames.flatMap(frame => coveredBefore(frame, coverage.earlier, earlier))
    const covered = unite(coverage.covered, before)
    if (covered.length === 0) return { kind: 'take', object, frames: factsOf(frames), offsets, late: true }
    const partly = intersect(offsets, this.#partlyMissing(name.partition))
    const isByLog = before.length === 0 && partly.length === 0
    if (isByLog && coverage.consumed && countOf(covered) === countOf(offsets)) return { kind: 'delete', object }
    const uncertain = unite(subtract(before, coverage.covered), partly)
    const where = { coverage, earlier, uncertain, lookup: this.#lookup, reader: this.#reader }
    const { reason, absent } = await compareWithCommitted(object, covered, where, this.#work)
    if (reason === VANISHED) return { kind: 'wait', object }
    const found = subtract(covered, absent)
    const isFound = countOf(found) === countOf(offsets)
    if (!isByLog && (reason || isFound)) return { kind: 'drop', object, offsets, reason }
    if (reason) return { kind: 'quarantine', object, reason }
    if (isFound) return { kind: 'delete', object }
    const keep = subtract(offsets, found)
    return { kind: 'take', object, frames: factsOf(frames, keep), offsets, keep, late: true }
  }

  /** Offsets of which some are in objects, and some may be in none. */
  #partlyMissing(partition: number): OffsetRuns {
    return this.#state.missing.flatMap(input => (input.partly && input.partition === partition ? input.offsets : []))
  }

  /** The objects of a dump without rotation in which late records may be. */
  async #earlierOf(late: LateObject[]): Promise<EarlierObject[]> {
    const { earlier = {} } = this.#state
    const wanted = late.flatMap(({ object, offsets }) => {
      const { partition } = object.name
      const before = intersect(offsets, [[0, earlier[partition] ?? 0]])
      return before.length > 0 ? { partition, offsets: before } : []
    })
    return wanted.length > 0 ? await earlierWith(wanted, this.#work) : []
  }
}

/**
 * An object with these bounds has all records of its path within them, but for those that its dump couldn't decode: a comparison
 * tells.
 */
function coveredBefore({ path, offsets }: FrameOffsets, before: OffsetRuns, earlier: EarlierObject[]): OffsetRuns {
  const bounds = earlier.filter(object => object.path === path).flatMap(object => object.bounds)
  return intersect(intersect(offsets, before), bounds)
}
