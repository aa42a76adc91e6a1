import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = new URL('../../support/overlapping-memory.ts', import.meta.url).pathname

/** Records of each object. `OVERLAPPING_RECORDS=10000` reads more, in the same memory. */
const RECORDS = Number(process.env.OVERLAPPING_RECORDS ?? 700)
const OBJECTS = 300
const LIMIT_BYTES = 128e6

/** V8 lets 48 MB of young objects pile up before it collects them, whatever they belong to. With this, 12 MB. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=4']

test('300 objects whose offsets overlap are read in order, in bounded memory, and leave no file behind', async () => {
  const { stdout } = await run(process.execPath, [...FLAGS, script, String(OBJECTS), String(RECORDS)])
  const { grownBytes, ...found } = JSON.parse(stdout)
  const records = OBJECTS * RECORDS
  expect(found).toEqual({
    records,
    isInOrder: true,
    duplicates: RECORDS - 1,
    conflicts: 0,
    missingOffsets: 0,
    left: [],
  })
  expect(grownBytes).toBeLessThan(LIMIT_BYTES)
}, 120_000)
