import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_MS = 100

/** Longer than the longest fault, and what a slow machine needs to recover from it: it only ends what would never end. */
const PATIENCE_MS = 600_000

/** Waits until a condition holds. A rejection means that it does not hold yet. */
export async function until(condition: () => Promise<boolean>, what: string, limitMs = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`Not so after ${limitMs / 1_000} s: ${what}`)
    await sleep(LOOK_MS)
  }
}
