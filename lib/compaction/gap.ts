import pMap from 'p-map'
import type { Gap, Plan, PlannedInput } from '../commits/entry.ts'
import { CodedError } from '../error.ts'
import { parseStagedKey } from '../staging/name.ts'
import { readFrames } from './staged-reading.ts'
import type { UnitWork } from './unit-work.ts'

/** Staged objects that are read at the same time. */
const AT_ONCE = 8

/**
 * Decides that a plan is carried out without the inputs that can't be read. As many are read as the time allows; others that are
 * damaged are decided about when they are found.
 *
 * @param known an earlier decision, of which what was found is no part
 * @param cause what was found; its message names the input
 * @returns the decision, which another worker may have made
 */
export async function decideGap(plan: Plan, known: Gap | undefined, cause: CodedError, work: UnitWork): Promise<Gap> {
  const { policy, logger, now } = work.compaction
  const { number = 0, inputs: before = [] } = known ?? {}
  const existing = await work.log.gap(plan.sequence)
  if (existing && existing.number > number) return existing
  if (policy === 'fail') throw damaged(cause)
  const found = await unreadableInputs(plan, new Set(before), cause, work)
  // All of them can be read: something else is missing, or the store was at fault.
  if (found.length === 0) throw cause
  const inputs = [...before, ...found]
  const decided = { number: number + 1, created: now(), inputs, reason: 'STAGED_OBJECT_DAMAGED' }
  const gap: Gap = { schema: 1, sequence: plan.sequence, ...decided }
  if (await work.log.createGap(gap)) {
    const keys = found.map(index => plan.inputs[index]?.key)
    logger.error('Records are left out, as their staged objects can’t be read', {
      ...work.unit,
      sequence: plan.sequence,
      keys,
    })
    return gap
  }
  const first = await work.log.gap(plan.sequence)
  if (!first) throw cause
  return first
}

/** What was found comes first, so that each decision has at least one input, whatever the time. */
async function unreadableInputs(plan: Plan, known: Set<number>, { message }: CodedError, work: UnitWork) {
  const { compaction, time } = work
  const frames = framesByInput(plan)
  const isUnreadable = async (index: number) => {
    const { key, bytes } = plan.inputs[index] as PlannedInput
    const name = parseStagedKey(compaction.prefix, key)
    if (!name || (compaction.now() >= time.deadline && !message.includes(key))) return []
    try {
      const { free } = await readFrames({ key, name, size: bytes }, frames.get(index), work)
      free()
      return []
    } catch (error) {
      const { code } = error as CodedError
      if (code === 'STAGED_OBJECT_DAMAGED' || code === 'STORE_OBJECT_MISSING') return index
      throw error
    }
  }
  const left = [...frames.keys()].filter(index => !known.has(index)).sort((a, b) => a - b)
  const isFound = (index: number) => message.includes(plan.inputs[index]?.key ?? '')
  const ordered = [...left.filter(isFound), ...left.filter(index => !isFound(index))]
  return (await pMap(ordered, isUnreadable, { concurrency: AT_ONCE })).flat()
}

/** The frames that a plan takes, by their inputs. */
function framesByInput({ outputs, latest }: Plan): Map<number, number[]> {
  const frames = new Map<number, number[]>()
  for (const [input, frame] of latest ? latest.frames : outputs.flatMap(({ frames }) => frames)) {
    const ofInput = frames.get(input)
    if (ofInput) ofInput.push(frame)
    else frames.set(input, [frame])
  }
  return frames
}

function damaged(cause: CodedError): CodedError {
  if (cause.code === 'STAGED_OBJECT_DAMAGED') return cause
  const message = `${cause.message}, and no entry of the commit log says that its records are in objects`
  return new CodedError('STAGED_OBJECT_DAMAGED', message, { cause })
}
