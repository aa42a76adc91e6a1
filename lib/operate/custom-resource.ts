import type { CloudFormationCustomResourceEvent } from 'aws-lambda'

/** The longest reason, in characters: a response has at most 4096 bytes. Source: AWS CloudFormation, "Custom resource response objects". */
const MAX_REASON = 1_000

/**
 * Tells CloudFormation how a request for a custom resource ended. It waits for an hour for an answer, so a failure is an answer
 * too.
 *
 * @param id what the resource is called. Under another name than before, CloudFormation has the old one deleted
 * @param work does what was requested
 */
export async function answerRequest(
  event: CloudFormationCustomResourceEvent,
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  const { StackId, RequestId, LogicalResourceId, ResponseURL } = event
  const failure = await work().then(
    () => undefined,
    (error: Error) => error,
  )
  const outcome = failure ? { Status: 'FAILED', Reason: failure.message.slice(0, MAX_REASON) } : { Status: 'SUCCESS' }
  const body = JSON.stringify({ ...outcome, PhysicalResourceId: id, StackId, RequestId, LogicalResourceId })
  // A presigned address: a content type that was not signed would be refused.
  const { ok, status } = await fetch(ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } })
  if (!ok) throw new Error(`CloudFormation's response address answered ${status}`, { cause: failure })
}
