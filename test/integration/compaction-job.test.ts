import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readCompactSettings } from '../../lib/config/compact.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { stagedObject } from '../../lib/staging/stage.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { awkwardRecord } from '../support/awkward-records.ts'
import { stack, uniqueName } from '../support/stack.ts'

const run = promisify(execFile)
const job = join(import.meta.dirname, '../../functions/job.ts')

let environment: Record<string, string>
let bucket: ObjectStore

beforeEach(async () => {
  const settings = { ...stack.store, bucket: uniqueName('job'), forcePathStyle: true }
  bucket = await openBucket(settings)
  environment = { ...storeEnvironment(settings), OBJECT_PREFIX: 'lake', ROTATE_FLUSH_SIZE: '2', FAILURE_POLICY: 'fail' }
})

/** Stages a record in a batch of its own, with these bytes in place of its object's if they are given. */
async function stage(partition: number, offset: number, damaged?: Buffer): Promise<void> {
  const records = [{ ...awkwardRecord({ offset }), topic: 'orders', partition }]
  const range = { topic: 'orders', partition, firstOffset: offset, lastOffset: offset }
  const { format } = readCompactSettings(environment)
  const { key, body } = await stagedObject('lake', [{ range, records }], format)
  await bucket.put({ key, body: damaged ?? body, contentType: 'application/octet-stream', metadata: {} })
}

/** Runs the job until it ends. */
async function runJob(variables: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...environment, ...variables }
  const { code = 0, stdout, stderr } = await run(process.execPath, [job], { env }).catch(error => error)
  return { code, output: stdout + stderr }
}

const keysBelow = (folder: string) => Array.fromAsync(bucket.list(`lake/${folder}`), ({ key }) => key)

test('the job makes objects of what is staged, and ends', async () => {
  for (const partition of [0, 1, 2]) for (const offset of [0, 1]) await stage(partition, offset)
  await stage(3, 0)
  const { code, output } = await runJob()
  expect([code, output]).toEqual([0, expect.stringContaining('Object committed')])
  expect(await keysBelow('orders/')).toHaveLength(3)
  expect(await keysBelow('_staging/')).toEqual([expect.stringContaining('lake/_staging/orders/3/')])
  await expect(runJob()).resolves.toMatchObject({ code: 0 })
  expect(await keysBelow('orders/')).toHaveLength(3)
})

test('it ends with 1 when something could not be compacted, after everything else was', async () => {
  for (const partition of [0, 1]) for (const offset of [0, 1]) await stage(partition, offset)
  await stage(0, 0, Buffer.from('not a staged object'))
  const { code, output } = await runJob()
  expect([code, output]).toEqual([1, expect.stringContaining('STAGED_OBJECT_DAMAGED')])
  expect(await keysBelow('orders/')).toEqual([expect.stringContaining('partition=1')])
})

test('without rotation it makes objects of everything that is still staged', async () => {
  await stage(0, 0)
  await expect(runJob({ ROTATE_FLUSH_SIZE: '' })).resolves.toMatchObject({ code: 0 })
  expect(await keysBelow('orders/')).toEqual([expect.stringContaining('partition=0')])
  expect(await keysBelow('_staging/')).toEqual([])
})
