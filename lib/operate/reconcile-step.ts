import pMap from 'p-map'
import { CodedError } from '../error.ts'
import { lambdaError } from '../lambda/client.ts'
import { REQUESTS_AT_ONCE } from '../lambda/event-source-mappings.ts'
import type { Log } from '../observability/logger.ts'

/** How far a change got. `partly`: the rest follows in another run. `busy`: Lambda is still applying an earlier change. */
export type Outcome = 'done' | 'partly' | 'busy'

/** The topics whose mappings were changed, by name. */
export interface Reconciliation {
  created: string[]
  enabled: string[]
  disabled: string[]
  updated: string[]
  /** Those whose mappings are left for the next run: there was no time, Lambda throttled the requests, or it was busy. */
  left: string[]
}

/** What may have to be done for the mapping of one topic. */
export interface Step {
  topic: string
  /** Resolves with what was changed and how far that got; undefined when no change is needed. */
  run(): Promise<Change | undefined>
}

export interface Change {
  kind: Exclude<keyof Reconciliation, 'left'>
  outcome: Outcome
}

interface StepContext {
  done: Reconciliation
  logger: Log
  /** When the last step may begin, in milliseconds since the epoch. */
  deadline: number
}

/**
 * Runs the steps, each group after the one before. Tries every step, even if Lambda refuses one, for instance because of a
 * quota.
 *
 * @returns whether everything is done
 * @throws CodedError `MAPPING_REFUSED` when Lambda refused a change, `LAMBDA_ACCESS_DENIED` when the role may not make it;
 * `LAMBDA_UNAVAILABLE` when it took none
 */
export async function runSteps(groups: Step[][], { done, logger, deadline }: StepContext): Promise<boolean> {
  const changes: (Change | undefined)[] = []
  const errors: CodedError[] = []
  const { left } = done
  const attempt = async ({ topic, run }: Step) => {
    if (Date.now() >= deadline) return left.push(topic)
    try {
      const change = await run()
      changes.push(change)
      if (change?.outcome === 'busy') left.push(topic)
      else if (change) done[change.kind].push(topic)
    } catch (thrown) {
      const error = changeError(thrown, topic)
      errors.push(error)
      if (error.retryable) left.push(topic)
      else logger.error('Mapping refused', { topic, errorCode: error.code, errorMessage: error.message })
    }
  }
  for (const group of groups) await pMap(group, attempt, { concurrency: REQUESTS_AT_ONCE })
  if (left.length > 0) {
    const [reason] = errors.filter(({ retryable }) => retryable)
    const why = { errorCode: reason?.code, errorMessage: reason?.message }
    logger.warn('Mappings left for the next run', { mappings: left.length, ...why })
  }
  const fatal = errors.find(({ retryable }) => !retryable) ?? (changes.length === 0 ? errors[0] : undefined)
  if (fatal) throw fatal
  return left.length === 0 && !changes.some(change => change?.outcome === 'partly')
}

function changeError(thrown: unknown, topic: string): CodedError {
  const error = lambdaError(thrown, `change the event source mapping of ${topic}`)
  if (error instanceof CodedError) return error
  const message = `The event source mapping of ${topic} could not be changed: ${(thrown as Error).message}`
  return new CodedError('MAPPING_REFUSED', message, { topic, cause: thrown })
}
