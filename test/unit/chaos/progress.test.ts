import { Progress } from '../../chaos/progress.ts'
import type { StartedSystem } from '../../chaos/systems/system.ts'

const LIMIT_MS = 1_000

/** Watches a system whose position is what the function says. */
function watching(positionOf: () => number): Progress {
  return new Progress({ progress: async () => positionOf() } as StartedSystem)
}

test('a system that moves may take longer than the limit', async () => {
  let position = 0
  const progress = watching(() => position++)
  expect(await progress.reaches(8, LIMIT_MS)).toBe(true)
  await progress.stop()
})

test('a system that stands still has not caught up', async () => {
  const progress = watching(() => 3)
  expect(await progress.reaches(4, LIMIT_MS)).toBe(false)
  await progress.stop()
  expect(progress.longestPauseMs).toBeGreaterThanOrEqual(LIMIT_MS)
})
