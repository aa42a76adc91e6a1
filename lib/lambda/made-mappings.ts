import { setTimeout as sleep } from 'node:timers/promises'
import pMap from 'p-map'
import { type DeployedMapping, type EventSourceMappings, isBusy, REQUESTS_AT_ONCE } from './event-source-mappings.ts'
import { type Functions, isMissing } from './functions.ts'
import { heldTags, isMadeFor } from './mapping-tag.ts'

const PAUSE_MS = 500

/** Longer than a stack takes to reach the mappings, and short enough for records to wait if it fails. */
const HOLD_MS = 1_800_000

/**
 * Holds a function `reconcile` while a deployment replaces it. The hold expires, so that a failed deployment does not stop it for
 * good.
 *
 * @returns false when it is not deployed
 */
export async function holdReconcile(
  functions: Pick<Functions, 'arn'>,
  mappings: Pick<EventSourceMappings, 'tag'>,
  functionName: string,
): Promise<boolean> {
  const arn = await functions.arn(functionName)
  if (arn) await mappings.tag(arn, heldTags(new Date(Date.now() + HOLD_MS)))
  return arn !== undefined
}

/** Ends such a hold, which a deployment that was rolled back leaves behind. */
export async function releaseReconcile(
  functions: Pick<Functions, 'arn'>,
  mappings: Pick<EventSourceMappings, 'untag'>,
  functionName: string,
): Promise<void> {
  const arn = await functions.arn(functionName)
  if (arn) await mappings.untag(arn, Object.keys(heldTags(new Date())))
}

/**
 * Deletes mappings that `reconcile` created, and waits until Lambda no longer lists them: their pollers have to end first.
 *
 * @param service only mappings that were created for it are deleted
 * @param find the mappings among which they are; called again until none is left
 * @param deadline in milliseconds since the epoch
 * @returns the topics whose mappings Lambda has not deleted by then
 */
export async function deleteMadeMappings(
  mappings: Pick<EventSourceMappings, 'tags' | 'delete'>,
  service: string,
  find: () => Promise<DeployedMapping[]>,
  deadline: number,
): Promise<string[]> {
  const isMade = new Map<string, boolean>()
  for (;;) {
    const found = await find()
    const unknown = found.filter(({ uuid }) => !isMade.has(uuid))
    await pMap(unknown, async ({ uuid, arn }) => isMade.set(uuid, isMadeFor(service, await mappings.tags(arn))), {
      concurrency: REQUESTS_AT_ONCE,
    })
    const left = found.filter(({ uuid }) => isMade.get(uuid))
    if (left.length === 0 || Date.now() > deadline) return left.map(({ topic }) => topic).toSorted()
    const remaining = left.filter(({ state }) => state !== 'Deleting')
    await pMap(remaining, ({ uuid }) => deleteSoon(mappings, uuid), { concurrency: REQUESTS_AT_ONCE })
    await sleep(PAUSE_MS)
  }
}

/** Leaves a mapping that Lambda is busy with for the next round. */
async function deleteSoon(mappings: Pick<EventSourceMappings, 'delete'>, uuid: string): Promise<void> {
  try {
    await mappings.delete(uuid)
  } catch (error) {
    if (!isBusy(error) && !isMissing(error)) throw error
  }
}
