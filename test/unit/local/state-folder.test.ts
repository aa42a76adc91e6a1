import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runningStack, StateFolder } from '../../../local/state-folder.ts'

let service: string
let state: StateFolder

beforeEach(async () => {
  service = await mkdtemp(join(tmpdir(), 'state-'))
  state = new StateFolder(service)
})

afterEach(() => rm(service, { recursive: true, force: true }))

const stack = { brokers: '127.0.0.1:9092', topics: ['orders'], targetTopics: [] }
const lockFile = () => join(service, '.kafka-functions/stack/lock')

/** The id of a process that is gone. */
const gonePid = () => Number(execFileSync(process.execPath, ['-p', 'process.pid']))

test('what runs is found from the service’s folder and from those below', async () => {
  await state.tell(stack)
  await mkdir(join(service, 'a/b'), { recursive: true })
  expect(await runningStack(join(service, 'a/b'))).toMatchObject(stack)
  await state.untell()
  await expect(runningStack(service)).rejects.toThrow(/No local Kafka runs for .*npm start.*KAFKA_BROKERS/)
})

test('what a process left that is gone does not run', async () => {
  await state.tell(stack)
  const file = join(service, '.kafka-functions/stack/running.json')
  const left = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ ...left, pid: gonePid() }))
  expect(await state.running()).toBeUndefined()
})

test('Git ignores the folder', async () => {
  await state.tell(stack)
  execFileSync('git', ['init', '-q'], { cwd: service })
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: service }).toString()).toBe('')
})

test('what is kept has one user at a time', async () => {
  const lock = await state.lock()
  await expect(state.lock()).rejects.toThrow(new RegExp(`is in use by the process ${process.pid}`))
  await lock.release()
  await (await state.lock()).release()
})

test.each([
  ['a process that is gone', () => `${gonePid()}`],
  ['a process that ended while it wrote it', () => ''],
])('a lock of %s does not count', async (_, content) => {
  await (await state.lock()).release()
  await writeFile(lockFile(), content())
  await (await state.lock()).release()
})
