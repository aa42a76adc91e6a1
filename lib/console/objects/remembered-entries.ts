import type { CommitStore } from '../../commits/commit-store.ts'
import { logsFolder } from '../../commits/log-key.ts'

/** Most bytes of entries that are remembered: those of some ten thousand. */
const MOST_BYTES = 32 * 1024 ** 2

/**
 * The same store, which remembers entries of commit logs: they are never changed, and a page that is open asks for all of them
 * again and again.
 */
export function rememberingEntries(store: CommitStore, prefix: string): CommitStore {
  const folder = logsFolder(prefix)
  const known = new Map<string, Buffer>()
  let held = 0
  return {
    ...store,
    async get(key) {
      const before = known.get(key)
      // Whoever gets bytes may free their memory.
      if (before) return Buffer.from(before)
      const bytes = await store.get(key)
      if (!key.startsWith(folder) || held + bytes.length > MOST_BYTES) return bytes
      held += bytes.length
      known.set(key, Buffer.from(bytes))
      return bytes
    },
  }
}
