/** What the state of a stack means for the next deployment. */
export interface StackAdvice {
  /** For the head of a plan. */
  line: string
  /** Why a deployment fails whatever it contains. */
  refusal?: string
}

/** States in which a stack takes no update. Source: AWS CloudFormation User Guide, "Stack status codes". */
const refusals: Record<string, string> = {
  ROLLBACK_COMPLETE: 'its creation failed, so it takes no update: run serverless remove, then deploy',
  ROLLBACK_FAILED: 'its creation failed, so it takes no update: run serverless remove, then deploy',
  CREATE_FAILED: 'its creation failed, so it takes no update: run serverless remove, then deploy',
  DELETE_FAILED: 'its removal failed: run serverless remove again, then deploy',
  UPDATE_ROLLBACK_FAILED:
    'the last update could not be rolled back: run aws cloudformation continue-update-rollback, then deploy',
  IMPORT_ROLLBACK_FAILED:
    'an import of resources could not be rolled back: repair the stack in AWS’s console, then deploy',
}

/** A stack that was only reviewed has no resources yet. */
const EMPTY = 'REVIEW_IN_PROGRESS'

/** @param status as CloudFormation calls it; undefined when there is no stack */
export function stackAdvice(status: string | undefined): StackAdvice {
  if (status === undefined || status === 'DELETE_COMPLETE') return { line: 'nothing is deployed yet' }
  if (status === EMPTY) return { line: `nothing is deployed yet; a change set waits for its review (${status})` }
  const refusal = refusals[status]
  if (refusal) return { line: `${status}: ${refusal}`, refusal: `The stack is in ${status}: ${refusal}.` }
  if (status.endsWith('_IN_PROGRESS')) {
    return {
      line: `${status}: it is being changed, so this may be out of date`,
      refusal: `The stack is in ${status}: wait until it is done, then plan again.`,
    }
  }
  if (status === 'UPDATE_FAILED')
    return { line: `${status}: the last deployment failed and was not rolled back; the next one continues from there` }
  if (status.includes('ROLLBACK'))
    return { line: `${status}: the last deployment failed, and the one before is in place` }
  return { line: status }
}
