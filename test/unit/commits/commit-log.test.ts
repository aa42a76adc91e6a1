import { gzipSync } from 'node:zlib'
import { createCommitLog } from '../../../lib/commits/commit-log.ts'
import type { Done, Plan } from '../../../lib/commits/entry.ts'
import { entryKey, logFolder } from '../../../lib/commits/log-key.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const UNIT = { topic: 'orders', partition: 3 }
const FOLDER = logFolder('lake', UNIT)

const plan = (sequence: number): Plan => ({
  ...{ schema: 1, sequence, created: 0, inputs: [], outputs: [], remaining: [] },
  ...{ positions: {}, late: -1 },
})
const done = (sequence: number): Done => ({ schema: 1, sequence, created: 0, outputs: [] })

function openLog() {
  const foreign: string[] = []
  const calls: string[] = []
  const store = new MemoryStore(
    () => 0,
    (call, key) => void calls.push(`${call} ${key}`),
  )
  return { foreign, calls, store, log: createCommitLog(store, 'lake', UNIT, key => foreign.push(key)) }
}

const put = (store: MemoryStore, key: string, body: Buffer) =>
  store.put({ key, body, contentType: 'application/json', metadata: {} })

test('an entry is created once: of two workers, one learns that the other was first', async () => {
  const { log } = openLog()
  expect(await log.createPlan(plan(0))).toBe(true)
  expect(await log.createPlan({ ...plan(0), created: 5 })).toBe(false)
  expect((await log.plan(0))?.created).toBe(0)
})

test('the newest entry is found by one listing of a few names, however long the log is', async () => {
  const { log, calls } = openLog()
  expect(await log.newest()).toBeUndefined()
  for (let sequence = 0; sequence < 20; sequence++) {
    await log.createPlan(plan(sequence))
    await log.createDone(done(sequence))
  }
  await log.createPlan(plan(20))
  await log.createGap({ schema: 1, sequence: 20, number: 1, created: 0, inputs: [0], reason: 'r' })
  calls.length = 0
  const newest = await log.newest()
  expect(newest).toMatchObject({ plan: { sequence: 20 }, gap: { sequence: 20 } })
  expect(newest?.done).toBeUndefined()
  // One request more tells that there is no second gap.
  expect(calls).toHaveLength(4)
  await log.createDone(done(20))
  expect((await log.newest())?.done).toMatchObject({ sequence: 20 })
})

test('an object with another name is ignored, wherever it sorts', async () => {
  const { log, foreign, store } = openLog()
  await log.createPlan(plan(0))
  const names = ['!readme', '0', '0000000000.plan.json', '9999999999.other.json.gz', 'zzz'].map(name => FOLDER + name)
  for (const key of names) await put(store, key, Buffer.from('x'))
  expect((await log.newest())?.plan.sequence).toBe(0)
  expect(foreign).toEqual(expect.arrayContaining(names.slice(0, 3)))
})

test.each([
  ['a newer schema', JSON.stringify({ ...plan(1), schema: 2 }), 'COMMIT_LOG_NEWER'],
  ['no schema', JSON.stringify({ sequence: 1 }), 'COMMIT_LOG_DAMAGED'],
  ['no JSON', 'x', 'COMMIT_LOG_DAMAGED'],
])('an entry with %s stops whoever reads it', async (_, text, code) => {
  const { log, store } = openLog()
  await log.createPlan(plan(0))
  await put(store, entryKey(FOLDER, 1, 'plan'), gzipSync(text))
  await expect(log.newest()).rejects.toMatchObject({ code })
})

test('an entry that isn’t gzip, or whose plan was removed, stops whoever reads it', async () => {
  const { log, store } = openLog()
  await log.createDone(done(1))
  await expect(log.newest()).rejects.toMatchObject({ code: 'COMMIT_LOG_DAMAGED' })
  await put(store, entryKey(FOLDER, 1, 'plan'), Buffer.from('x'))
  await expect(log.newest()).rejects.toMatchObject({ code: 'COMMIT_LOG_DAMAGED' })
})
