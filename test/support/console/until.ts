import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks, in milliseconds. */
const AGAIN_MS = 250

/** Looks until something is true. The test's own time limit ends it. */
export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(AGAIN_MS)
}
