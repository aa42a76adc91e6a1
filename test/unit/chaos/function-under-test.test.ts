import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FunctionUnderTest } from '../../chaos/systems/function.ts'

/** Answers with its process, its clock and the time that it has left; waits if it is asked to, and then leaves a file. */
const HANDLER = `
import { writeFile } from 'node:fs/promises'
export async function handler({ waitMs, file }, context) {
  const end = performance.now() + (waitMs ?? 0)
  while (performance.now() < end) await new Promise(resolve => setTimeout(resolve, 10))
  if (file) await writeFile(file, String(process.pid))
  return { pid: process.pid, now: Date.now(), made: new Date().getTime(), left: context.getRemainingTimeInMillis() }
}`

interface Answer {
  pid: number
  now: number
  made: number
  left: number
}

let folder: string
let file: string
let function_: FunctionUnderTest

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'function-under-test-'))
  file = join(folder, 'handler.mjs')
  await writeFile(file, HANDLER)
})

afterAll(() => rm(folder, { recursive: true }))

function start(limitMs: number): void {
  function_ = new FunctionUnderTest({ kind: 'function', file, environment: {}, limitMs, onLine() {} })
}

afterEach(() => function_.stop())

const invoke = async (event: object) => (await function_.invoke(Buffer.from(JSON.stringify(event)))) as Answer

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10)
}

test('an instance is used again, and after it was killed another one takes the next call', async () => {
  start(20_000)
  const first = await invoke({})
  expect((await invoke({})).pid).toBe(first.pid)
  const underWay = expect(invoke({ waitMs: 20_000 })).rejects.toThrow('the process has ended')
  await function_.kill()
  await underWay
  expect((await invoke({})).pid).not.toBe(first.pid)
})

test('a call that takes too long fails, and its process is killed', async () => {
  start(3_000)
  const { pid } = await invoke({})
  await expect(invoke({ waitMs: 60_000 })).rejects.toThrow('Task timed out after 3.00 seconds')
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('calls get twice the time when six in a row took too long, as on a slow machine', async () => {
  start(1_000)
  for (let call = 1; call <= 6; call += 1)
    await expect(invoke({ waitMs: 60_000 })).rejects.toThrow('Task timed out after 1.00 seconds')
  await expect(invoke({ waitMs: 60_000 })).rejects.toThrow('Task timed out after 2.00 seconds')
})

test('a call to a frozen instance fails after its time, the next one gets another, and the frozen one finishes its work when it is thawed', async () => {
  start(3_000)
  const { pid } = await invoke({})
  function_.freeze()
  const late = join(folder, 'zombie')
  await expect(invoke({ file: late })).rejects.toThrow('Task timed out')
  expect((await invoke({})).pid).not.toBe(pid)
  expect(existsSync(late)).toBe(false)
  function_.thaw()
  await until(() => existsSync(late))
  expect(Number(await readFile(late, 'utf8'))).toBe(pid)
})

test('a clock that is wrong is wrong in running and in new instances, and for the time that is left', async () => {
  start(20_000)
  await invoke({})
  function_.skewClock(3_600_000)
  const behind = await invoke({})
  await function_.kill()
  for (const { now, made, left } of [behind, await invoke({})]) {
    expect(Math.abs(now - 3_600_000 - Date.now())).toBeLessThan(60_000)
    expect(Math.abs(made - now)).toBeLessThan(60_000)
    expect(left).toBeLessThan(-3_000_000)
  }
  function_.skewClock(0)
  expect((await invoke({})).left).toBeGreaterThan(0)
})
