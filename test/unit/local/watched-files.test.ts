import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Service } from '../../../local/service.ts'
import { filesOf, type WatchedFiles, watchFiles } from '../../../local/watched-files.ts'

let folder: string
let service: Service
let files: WatchedFiles | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watched-'))
  service = { folder, config: 'serverless.yml', serverless: '', environment: { CONNECTORS: 'sub/mine.yml' } }
  await mkdir(join(folder, 'sub'))
  await write(
    'serverless.yml',
    `connectors: \${file(\${env:CONNECTORS, 'connectors.yml'}), null}\nprovider: \${file(provider.yml):a}`,
  )
  await write('sub/mine.yml', 'a: 1')
})

afterEach(async () => {
  await files?.close()
  files = undefined
  await rm(folder, { recursive: true, force: true })
})

const write = (name: string, text: string) => writeFile(join(folder, name), text)

test('a service is its file and the files that it names, also with a variable, and also those that are not there yet', async () => {
  const names = ['serverless.yml', 'sub/mine.yml', 'provider.yml']
  expect(filesOf(service)).toEqual(names.map(name => join(folder, name)))
})

test('many changes at once are one, and other files are none', async () => {
  files = await watchFiles(service)
  const changed = files.changed()
  await write('other.yml', 'x')
  for (const text of ['a: 2', '', 'a: 3']) await write('sub/mine.yml', text)
  await write('provider.yml', 'a: 1')
  expect(await changed).toEqual(['sub/mine.yml', 'provider.yml'])
})

test('a file that is replaced by another one is watched all the same, again and again', async () => {
  files = await watchFiles(service)
  for (const text of ['a: 2', 'a: 3']) {
    const changed = files.changed()
    await write('sub/mine.yml.new', text)
    await rename(join(folder, 'sub/mine.yml.new'), join(folder, 'sub/mine.yml'))
    expect(await changed).toEqual(['sub/mine.yml'])
  }
})

test('what changed while nobody waited is told, and what was saved with the same content is not', async () => {
  files = await watchFiles(service)
  await write('sub/mine.yml', 'a: 1')
  await write('provider.yml', 'a: 1')
  expect(await files.changed()).toEqual(['provider.yml'])
})

test('a file that appears in the declaration is watched from then on', async () => {
  files = await watchFiles(service)
  await write('sub/mine.yml', `a: \${file(sub/more.yml)}`)
  expect(await files.changed()).toEqual(['sub/mine.yml'])
  const changed = files.changed()
  await write('sub/more.yml', 'b: 1')
  expect(await changed).toEqual(['sub/more.yml'])
})
