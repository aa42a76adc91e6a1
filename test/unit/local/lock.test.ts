import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lock, takeLock } from '../../../local/lock.ts'

/** More than the kernel gives to a process. */
const GONE = 2 ** 30

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
  file = join(folder, 'lock')
})

afterEach(() => rm(folder, { recursive: true }))

test('a lock is taken once until it is released', async () => {
  const lock = (await takeLock(file)) as Lock
  expect(await takeLock(file)).toEqual({ holder: process.pid })
  await lock.release()
  await ((await takeLock(file)) as Lock).release()
  expect(await readdir(folder)).toEqual([])
})

test.each([
  ['of a process that is gone', `${GONE}`],
  ['of a process that ended while it wrote it', ''],
])('a lock %s has one new holder, however many ask at once', async (_, content) => {
  for (let round = 0; round < 100; round++) {
    await writeFile(file, content)
    const answers = await Promise.all(Array.from({ length: 8 }, () => takeLock(file)))
    const locks = answers.filter(answer => 'release' in answer)
    expect(locks).toHaveLength(1)
    await locks[0]?.release()
  }
  expect(await readdir(folder)).toEqual([])
})

test('a lock in a folder that is not there is an error', async () => {
  await expect(takeLock(join(folder, 'none', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' })
})
