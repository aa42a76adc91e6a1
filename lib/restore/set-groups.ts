import { asCodedError } from '../error.ts'
import { requireTranslatable } from './groups/groups-restoration.ts'
import type { PlaceOutcome } from './place.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic, Restoration, RestoredGroups } from './restoration.ts'

export const noGroups: RestoredGroups = { groups: [], problems: [] }

/** What was restored, and until when groups may be set, in milliseconds since the epoch. */
interface RestoredSoFar {
  topics: PreparedTopic[]
  outcomes: PlaceOutcome[]
  deadline: number
}

/**
 * Sets the groups, or in a dry run finds out where they would continue.
 *
 * @throws CodedError when nothing was set
 */
export async function setGroups(
  { groups, routing: { partitioner } }: Restoration,
  request: RestoreRequest,
  { topics, outcomes, deadline }: RestoredSoFar,
): Promise<RestoredGroups> {
  if (!groups || request.groups.strategy === 'none') return noGroups
  const places = outcomes.map(({ place }) => place)
  return await groups.restore(request, { topics, places, partitioner, dryRun: request.dryRun, deadline })
}

/** As `setGroups`, once records were produced: whatever becomes of the groups, the report tells of the records. */
export async function setGroupsBehind(
  restoration: Restoration,
  request: RestoreRequest,
  restored: RestoredSoFar,
): Promise<RestoredGroups> {
  try {
    return await setGroups(restoration, request, restored)
  } catch (thrown) {
    const { code, message } = asCodedError(thrown)
    restoration.logger.error('Groups not set', { errorCode: code, reason: message })
    const todo = request.dryRun ? '' : ' The records are restored. The same restore with groups only sets the groups.'
    return { groups: [], problems: [{ code, message: `Groups were not set: ${message}${todo}` }], isFailed: true }
  }
}

/**
 * Refuses positions that can't be translated before anything is produced, and not when groups are set.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function requireSettable({ groups, routing }: Restoration, request: Pick<RestoreRequest, 'groups'>): void {
  if (groups) requireTranslatable(request, routing.partitioner)
}
