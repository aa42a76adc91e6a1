import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findService } from '../../../local/service.ts'

let folder: string

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'service-')))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, text = ''): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true })
  await writeFile(join(folder, name), text)
}

const install = (name: string, bin: unknown) => write(`node_modules/${name}/package.json`, JSON.stringify({ bin }))

test.each(['serverless.yml', 'serverless.json', 'serverless.ts'])(
  'finds %s and the framework of the service',
  async name => {
    await write(name)
    await install('serverless', { serverless: './bin/serverless.js', sls: './bin/serverless.js' })
    const serverless = join(folder, 'node_modules/serverless/bin/serverless.js')
    expect(findService({}, folder)).toEqual({ folder, config: name, serverless, environment: {} })
  },
)

test('the framework may have its own name', async () => {
  await write('serverless.yml')
  await install('osls', './run.js')
  expect(findService({}, folder).serverless).toBe(join(folder, 'node_modules/osls/run.js'))
})

test('a service in another folder is named by its file', async () => {
  await write('services/lake.yml')
  await install('serverless', { serverless: 'x.js' })
  expect(findService({ config: 'services/lake.yml' }, folder)).toMatchObject({
    folder: join(folder, 'services'),
    config: 'lake.yml',
  })
})

test('a declaration is for the service that reads it', async () => {
  await install('serverless', { serverless: 'x.js' })
  await write('serverless.yml', `connectors: \${file(connectors.yml)}`)
  expect(() => findService({ declaration: 'mine.yml' }, folder)).toThrow(
    /doesn't read its connectors from the file in CONN/,
  )
  await write('serverless.connectors.yml', `connectors: \${file(\${env:CONNECTORS})}`)
  expect(findService({ declaration: 'mine.yml' }, folder)).toMatchObject({
    config: 'serverless.connectors.yml',
    environment: { CONNECTORS: join(folder, 'mine.yml') },
  })
})

test('what is missing is said', async () => {
  expect(() => findService({}, folder)).toThrow(/No service in .*: expected serverless.yml.*--config/)
  expect(() => findService({ config: 'x.yml' }, folder)).toThrow("x.yml doesn't exist.")
  await write('serverless.yml')
  expect(() => findService({}, folder)).toThrow(/The Serverless Framework is not installed in .*npm i -D serverless/)
})
