import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import type { CommitStore } from '../../lib/commits/commit-store.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { openBucket } from '../../local/bucket.ts'
import { Folder, histories } from '../support/compaction-commands.ts'
import { stack, uniqueName } from '../support/stack.ts'

/** Two minutes on two processors by default; HISTORIES=10000 takes most of an hour. */
const HISTORIES = Number(process.env.HISTORIES ?? 150)
/** Repeats the histories of a run: HISTORIES_SEED=… */
const SEED = Number(process.env.HISTORIES_SEED ?? randomInt(2 ** 31))

/** Histories at the same time, each in a folder of its own: a history waits for the store most of its time. */
const AT_ONCE = 8

let store: CommitStore
beforeAll(async () => {
  const settings = { ...stack.store, bucket: uniqueName('compaction') }
  await openBucket(settings)
  store = createCommitStore(settings, '')
})

test(
  `${HISTORIES} histories of a real bucket, with crashes before and after the calls of its store, keep every record exactly once`,
  async () => {
    const total = { histories: 0, crashes: 0, polls: 0 }
    const property = fc.asyncProperty(histories, async commands => {
      const folder = new Folder(store, `h${total.histories++}`)
      folder.poll()
      try {
        await fc.asyncModelRun(() => ({ model: { next: 0, left: [] }, real: folder }), commands)
        await folder.assertAllThere()
      } finally {
        await folder.stop()
      }
      total.crashes += folder.crashes
      total.polls += folder.polls
    })
    process.stdout.write(`Histories: HISTORIES_SEED=${SEED}\n`)
    const started = performance.now()
    const shares = Array.from({ length: AT_ONCE }, (_, nth) => SEED + nth)
    await Promise.all(shares.map(seed => fc.assert(property, { seed, numRuns: Math.ceil(HISTORIES / AT_ONCE) })))
    const seconds = (performance.now() - started) / 1000
    process.stdout.write(`Histories: ${JSON.stringify(total)} in ${seconds.toFixed(1)} s\n`)
    // Otherwise the laws would hold for want of crashes.
    expect(total.crashes).toBeGreaterThan(HISTORIES / 4)
  },
  Math.max(1_800_000, HISTORIES * 4_000),
)
