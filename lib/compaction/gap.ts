import pMap from 'p-map'
import type { Gap, Plan, PlannedInput } from '../commits/entry.ts'
import { CodedError } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { readFrames } from './staged-reading.ts'
import type { UnitWork } from './unit-work.ts'

/** Staged objects that are read at the same time. */
const AT_ONCE = 8

/**
 * Decides that a plan is carried out without the inputs that can't be read. All are read, as the decision is made once.
 *
 * @param known an earlier decision, of which others that can't be read are no part
 * @param cause what was found
 * @returns the decision, which another worker may have made
 */
export async function decideGap(plan: Plan, known: Gap | undefined, cause: CodedError, work: UnitWork): Promise<Gap> {
  const { policy, logger, now } = work.compaction
  const existing = await work.log.gap(plan.sequence)
  if (existing && !known) return existing
  if (policy === 'fail' || known) throw damaged(cause)
  const inputs = await unreadableInputs(plan, work)
  const gap: Gap = { schema: 1, sequence: plan.sequence, created: now(), inputs, reason: 'STAGED_OBJECT_DAMAGED' }
  if (inputs.length > 0 && (await work.log.createGap(gap))) {
    const keys = inputs.map(index => plan.inputs[index]?.key)
    logger.error('Records are left out, as their staged objects can’t be read', {
      ...work.unit,
      sequence: plan.sequence,
      keys,
    })
    return gap
  }
  const first = await work.log.gap(plan.sequence)
  // All of them can be read: something else is missing, or the store was at fault.
  if (!first) throw cause
  return first
}

async function unreadableInputs(plan: Plan, work: UnitWork): Promise<number[]> {
  const isUnreadable = async ({ key, bytes }: PlannedInput, index: number) => {
    const name = parseStagedKey(work.compaction.prefix, key)
    const frames = framesOf(plan, index)
    try {
      if (name && frames.length > 0) await readFrames({ key, name, size: bytes }, frames, work)
      return []
    } catch (error) {
      const { code } = error as CodedError
      if (code === 'STAGED_OBJECT_DAMAGED' || code === 'STORE_OBJECT_MISSING') return index
      throw error
    }
  }
  return (await pMap(plan.inputs, isUnreadable, { concurrency: AT_ONCE })).flat()
}

/** The frames of an input that a plan takes. */
function framesOf({ outputs, latest }: Plan, index: number): number[] {
  const taken = latest ? latest.frames : outputs.flatMap(({ frames }) => frames)
  return taken.filter(([input]) => input === index).map(([, frame]) => frame)
}

function damaged(cause: CodedError): CodedError {
  if (cause.code === 'STAGED_OBJECT_DAMAGED') return cause
  const message = `${cause.message}, and no entry of the commit log says that its records are in objects`
  return new CodedError('STAGED_OBJECT_DAMAGED', message, { cause })
}
