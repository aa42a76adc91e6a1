import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const MEGABYTE = 1024 * 1024

test('the newest of a million records are kept in bounded memory', async () => {
  const script = join(import.meta.dirname, '../support/latest-million.ts')
  // The heap would grow as long as it may: the garbage of decoding is collected late.
  const flags = ['--max-old-space-size=160', '--max-semi-space-size=8']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script])
  const { peak, records } = JSON.parse(stdout)
  expect(records).toBe(200_000)
  // Beside the objects, which the store of the test has in memory.
  expect(peak / MEGABYTE).toBeLessThan(256)
}, 1_200_000)
