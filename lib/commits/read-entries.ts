import { pMapIterable } from 'p-map'
import type { CommitLog, LogEntry } from './commit-log.ts'
import type { Plan } from './entry.ts'

/** Entries that are read ahead: a log of thousands is read in seconds, and as little as these is held. */
const READ_AHEAD = 8

/** An entry with the one before it. */
export interface ReadEntry extends LogEntry {
  before?: Plan
}

/** Entries from the newest to the oldest, each read once. */
export async function* entriesOf(log: CommitLog): AsyncGenerator<ReadEntry> {
  const reading = pMapIterable(
    log.entries(),
    async ({ sequence, kinds }) => {
      const [plan, done, gap] = await Promise.all([
        log.plan(sequence),
        kinds.includes('done') ? log.done(sequence) : undefined,
        kinds.includes('gap') ? log.gap(sequence) : undefined,
      ])
      return { plan, done, gap }
    },
    { concurrency: READ_AHEAD },
  )
  let held: ReadEntry | undefined
  for await (const { plan, ...more } of reading) {
    if (!plan) continue
    if (held) yield { ...held, before: plan }
    held = { plan, ...more }
  }
  if (held) yield held
}
