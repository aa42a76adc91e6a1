import { CodedError } from '../error.ts'
import { isDenied, lambdaError } from '../lambda/client.ts'
import type { DeployedMapping, EventSourceMappings } from '../lambda/event-source-mappings.ts'
import { type Functions, isMissing } from '../lambda/functions.ts'
import { deleteMadeMappings, holdReconcile, releaseReconcile } from '../lambda/made-mappings.ts'
import type { Log } from '../observability/logger.ts'
import { retryUntil } from '../retry.ts'

/** A connector of a stack, as far as its mappings are concerned that are not part of the template. */
export interface SettledConnector {
  /** Service and stage: the start of every function's name. */
  service: string
  /** The function that its mappings call, by name. */
  functionName: string
  /** Its function `reconcile`, by name, which is deployed only for a pattern. */
  reconcile: string
  /** Whether it names its topics, whose mappings are part of the template, or reads those that match a pattern. */
  reads: 'topics' | 'pattern'
}

interface Lambda {
  functions: Pick<Functions, 'arn' | 'invoke'>
  mappings: Pick<EventSourceMappings, 'list' | 'tags' | 'tag' | 'untag' | 'delete'>
  logger: Log
}

/** For how long a denied request is repeated, in milliseconds: a role that was just created takes seconds to have its permissions. */
const DENIED_MS = 60_000

/**
 * Brings the mappings that are not part of a stack's template in line with it, as `serverless deploy` does. For a pattern, its
 * function `reconcile` creates or changes them at once. For named topics, those that it created before are deleted: Lambda
 * allows one mapping per function and topic, so the template could not create its own, which continue at the committed offsets.
 *
 * A pattern whose mappings can't be made now is no reason to roll back: `reconcile` runs again every five minutes, and has an
 * alarm.
 *
 * @param deadline when Lambda has to have deleted mappings, in milliseconds since the epoch
 * @throws CodedError `LAMBDA_UNAVAILABLE`
 */
export async function settleMappings(connector: SettledConnector, lambda: Lambda, deadline: number): Promise<void> {
  const { functions, mappings, logger } = lambda
  const { reconcile, reads } = connector
  if (reads === 'topics') return await removeMappings(connector, lambda, deadline)
  try {
    await permitted(deadline, () => releaseReconcile(functions, mappings, reconcile))
    logger.info('Mappings reconciled', { done: await functions.invoke(reconcile, {}) })
  } catch (error) {
    logger.warn('Not all mappings are as declared yet; the schedule tries again every five minutes', error as Error)
  }
}

/**
 * Deletes the mappings that `reconcile` created for a connector: nothing else would, and they outlive their functions. Its
 * function `reconcile` is held, since it would create them again until the stack deletes it.
 *
 * @param deadline as for {@link settleMappings}
 * @throws CodedError `LAMBDA_UNAVAILABLE`
 */
export async function removeMappings(connector: SettledConnector, lambda: Lambda, deadline: number): Promise<void> {
  const { service, functionName, reconcile } = connector
  const { functions, mappings } = lambda
  await permitted(deadline, () => holdReconcile(functions, mappings, reconcile))
  const left = await deleteMadeMappings(mappings, service, () => mappingsOf(functionName, mappings), deadline)
  if (left.length === 0) return
  const message = `Lambda is still deleting the mappings of ${left.join(', ')}; deploy again in a few minutes`
  throw new CodedError('LAMBDA_UNAVAILABLE', message, { retryable: true })
}

/** None when the function is not deployed. */
async function mappingsOf(functionName: string, mappings: Lambda['mappings']): Promise<DeployedMapping[]> {
  try {
    return await mappings.list(functionName)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function permitted<T>(deadline: number, request: () => Promise<T>): Promise<T> {
  return await retryUntil(Math.min(deadline, Date.now() + DENIED_MS), async () => {
    try {
      return await request()
    } catch (error) {
      if (!isDenied(error)) throw lambdaError(error, 'read a function')
      throw new CodedError('LAMBDA_UNAVAILABLE', error.message, { retryable: true, cause: error })
    }
  })
}
