import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from '../../chaos/systems/command.ts'
import { until } from '../../chaos/until.ts'

/** Leaves a file when it begins, waits until it may go on, and leaves another one; both are named after its number. */
const SCRIPT = `
import { existsSync, writeFileSync } from 'node:fs'
const { FOLDER, NUMBER } = process.env
process.chdir(FOLDER)
writeFileSync('begun-' + NUMBER, '')
while (!existsSync('go-' + NUMBER)) await new Promise(resolve => setTimeout(resolve, 10))
writeFileSync('done-' + NUMBER, '')
process.stdout.write(NUMBER)`

let folder: string
let command: Command

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'))
  const script = join(folder, 'script.mjs')
  await writeFile(script, SCRIPT)
  let number = 0
  command = new Command({
    arguments: [script],
    environment: () => ({ FOLDER: folder, NUMBER: String(++number) }),
    ...{ pauseMs: 1, patienceMs: 1, say() {} },
  })
})

afterEach(async () => {
  await command.stop()
  await rm(folder, { recursive: true })
})

const isThere = (file: string) => until(async () => (await readdir(folder)).includes(file), `${file} is there`)
const go = (number: number) => writeFile(join(folder, `go-${number}`), '')

test('each run gets the variables of its start', async () => {
  await isThere('begun-1')
  const last = command.last()
  await go(1)
  await go(2)
  expect(await last).toEqual({ code: 0, output: '2' })
})

test('a run that is killed is followed by another one', async () => {
  await isThere('begun-1')
  await command.kill()
  await isThere('begun-2')
  expect(await readdir(folder)).not.toContain('done-1')
})

test('a run that is frozen is left behind, and goes on beside the next one when it is thawed', async () => {
  await isThere('begun-1')
  command.freeze()
  await isThere('begun-2')
  await go(1)
  expect(await readdir(folder)).not.toContain('done-1')
  command.thaw()
  await isThere('done-1')
  expect(await readdir(folder)).not.toContain('done-2')
})

test('the last run is over when those are that were left behind', async () => {
  await isThere('begun-1')
  command.freeze()
  await isThere('begun-2')
  const last = command.last()
  await go(2)
  await go(3)
  await isThere('done-3')
  command.thaw()
  await go(1)
  expect(await last).toEqual({ code: 0, output: '3' })
  expect(await readdir(folder)).toContain('done-1')
})
