import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../support/simulation/random.ts'
import type { NetworkFaults } from '../world/tcp-proxy.ts'

/** How often connections are broken while a network resets them. */
const BETWEEN_RESETS_MS = [100, 800] as const

/** Breaks the connections of one network after another, again and again. @returns what ends it */
export function keepResetting(networks: readonly NetworkFaults[], random: Random): () => Promise<void> {
  let isOver = false
  const resetting = (async () => {
    while (!isOver) {
      random.pick(networks).reset()
      await sleep(random.between(...BETWEEN_RESETS_MS))
    }
  })()
  return async () => {
    isOver = true
    await resetting
  }
}
