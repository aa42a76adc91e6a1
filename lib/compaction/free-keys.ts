import pMap from 'p-map'
import type { Plan, PlannedOutput } from '../commits/entry.ts'
import { CodedError } from '../error.ts'
import type { UnitWork } from './unit-work.ts'

/** Keys about which the store is asked at the same time. */
const AT_ONCE = 8

/**
 * Makes sure that no output of a plan has the key of an object that is there: a dump without rotation may have written it since
 * the log began, if rotation was taken away and declared again. A plan is never changed, so it couldn't ever be carried out. Keys
 * with a sequence are those of one entry.
 *
 * @throws CodedError `STORE_OBJECT_DIFFERS`
 */
export async function assertFreeKeys({ outputs }: Plan, { unit, compaction }: UnitWork): Promise<void> {
  const { store, keys } = compaction
  const check = async ({ key, firstOffset }: PlannedOutput) => {
    if (keys.parse(key)?.made || !(await store.head(key))) return
    const message = `${key} exists, and no entry of the commit log made it. No objects are made, nothing is deleted. Pause the connector, let \`compact --adopt\` take over what was written without rotation, and resume.`
    throw new CodedError('STORE_OBJECT_DIFFERS', message, { topic: unit.topic, offset: firstOffset })
  }
  await pMap(outputs, check, { concurrency: AT_ONCE })
}
