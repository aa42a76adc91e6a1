import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watch } from 'chokidar'
import { bundling } from '../../../lib/bundling.ts'
import ServerlessConnectors from '../../../lib/connectors/index.ts'
import { dump, replicate } from '../../support/connectors.ts'

interface Service {
  service: string
  custom: Record<string, unknown>
  functions: Record<string, { handler?: string; skipEsbuild?: boolean; package?: { artifact: string } }>
  resources: { Resources?: Record<string, unknown> }
  package: { individually?: boolean }
  provider: object
}

interface Circumstances {
  commands?: string[]
  /** The account that is deployed to. */
  account?: string
  place?: { serviceDir?: string; configurationFilename?: string }
}

/** What the framework hands to its plugins, as far as this one looks at it; whole commands are in test/deploy. */
async function declare(
  connectors: object,
  { commands = ['package'], account = '123456789012', place, ...more }: Partial<Service> & Circumstances = {},
) {
  const service: Service = {
    service: 'lake',
    custom: { connectors },
    functions: {},
    resources: {},
    package: {},
    provider: {},
    ...more,
  }
  const serverless = {
    service,
    ...place,
    processedInput: { commands },
    getProvider: () => ({ getStage: () => 'dev', getRegion: () => 'eu-central-1', getAccountId: async () => account }),
    configSchemaHandler: { defineCustomProperties() {} },
    classes: { Error: class extends Error {} },
  }
  const warned: string[] = []
  const log = { info() {}, notice() {}, warning: (line: string) => void warned.push(line), error() {} }
  const { hooks } = new ServerlessConnectors(serverless, {}, { log, writeText() {} })
  await hooks.initialize()
  return Object.assign(service, { hooks, warned })
}

test('functions of one handler share the package of the first, wherever a service bundles', async () => {
  const custom = {
    connectors: { a: dump(), b: dump({ to: { prefix: 'b' } }), c: replicate() },
    esbuild: { outputWorkFolder: '.bundles', minify: false },
  }
  const { functions, ...service } = await declare({}, { custom })
  expect(functions.a).not.toHaveProperty('skipEsbuild')
  expect(functions.b).toMatchObject({ skipEsbuild: true, package: { artifact: '.bundles/.serverless/a.zip' } })
  expect(functions.c).not.toHaveProperty('skipEsbuild')
  expect(service.package).toEqual({ individually: true })
  expect(service.custom.esbuild).toMatchObject({ outputWorkFolder: '.bundles', minify: false, format: 'esm' })
})

test.each([
  ['deploy', 'function'],
  ['invoke', 'local'],
])('%s %s bundles whichever function it is about', async (...commands) => {
  const { functions } = await declare({ a: dump(), b: dump({ to: { prefix: 'b' } }) }, { commands })
  expect(functions.b).not.toHaveProperty('skipEsbuild')
})

// A replication whose policy was `log` skipped records for two minutes, and nothing had said that it might.
test.each(['package', 'deploy'])('%s warns of what would lose records while nobody is told', async command => {
  const { warned } = await declare({ flow: dump() }, { commands: [command] })
  expect(warned).toEqual([
    expect.stringMatching(/^custom.connectors.flow.failurePolicy: log without a topic as deadLetter: records that/),
    'custom.connectors.flow.alarms.notify: nobody is told when an alarm goes off: expected an SNS topic or the like',
  ])
  expect((await declare({ flow: dump() }, { commands: ['info'] })).warned).toEqual([])
})

// Lambda refuses the mapping only when the stack has got that far, and rolls everything back.
test('a cluster of another account is refused before anything is deployed, and a VPC connection to it is taken', async () => {
  const account = '999999999999'
  const direct = await declare({ flow: dump() }, { account })
  await expect(direct.hooks['before:deploy:deploy']()).rejects.toThrow(
    'custom.connectors.flow.source.msk: the cluster is of the account 123456789012, and this deployment of 999999999999',
  )
  const msk = 'arn:aws:kafka:eu-central-1:999999999999:vpc-connection/123456789012/demo/51c98b4a-1'
  const connected = await declare({ flow: dump({ source: { msk } }) }, { account })
  await expect(connected.hooks['before:deploy:deploy']()).resolves.toBeUndefined()
})

test('a function that the service has already is not replaced', async () => {
  const taken = declare({ flow: dump() }, { functions: { flow: { handler: 'mine.handler' } } })
  await expect(taken).rejects.toThrow('The connector flow has the same name as a function of the service.')
})

// Counted before packaging, what the framework adds was guessed: schedules have a rule and a permission each.
test('more than CloudFormation takes is refused with the count, once the template is whole', async () => {
  const resources = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [index, {}]))
  const { hooks, provider } = await declare({ flow: dump() })
  const finalize = (count: number) => {
    Object.assign(provider, { compiledCloudFormationTemplate: { Resources: resources(count) } })
    hooks['after:package:finalize']()
  }
  expect(() => finalize(500)).not.toThrow()
  expect(() => finalize(501)).toThrow(
    /^The service would have 501 resources; CloudFormation allows 500\. Read topics by a pattern .* has new consumer groups/,
  )
})

test('without connectors a service stays as it is, but for how its functions are bundled', async () => {
  const { custom, hooks, warned, ...service } = await declare({}, { custom: {} })
  expect(service).toEqual({ service: 'lake', functions: {}, resources: {}, package: {}, provider: {} })
  expect(custom).toEqual({ esbuild: bundling })
  const { 'connectors:list:run': list } = hooks as unknown as Record<string, () => Promise<void>>
  await expect(list?.()).rejects.toThrow('This service declares no connectors')
})

test('a file of connectors that is not there is refused: the framework takes nothing for it', async () => {
  const empty = (serviceDir?: string, configurationFilename?: string) =>
    declare({}, { custom: { connectors: null }, place: { serviceDir, configurationFilename } })
  await expect(empty()).rejects.toThrow(
    'custom.connectors is empty: the file that it names does not exist or has no content.',
  )
  const root = new URL('../../..', import.meta.url).pathname
  await expect(empty(root, 'serverless.connectors.yml')).rejects.toThrow(
    'custom.connectors is empty: the file connectors.yml does not exist or has no content.',
  )
})

// Without this, both ways of a replication read the one cluster that all mappings on a laptop read.
test('on a laptop, a replication that is turned around reads the second cluster and writes the first', async () => {
  const { TARGET_KAFKA_BROKERS: before = '' } = process.env
  process.env.TARGET_KAFKA_BROKERS = 'second:9092'
  try {
    const custom = {
      connectors: { flow: replicate({ direction: 'both' }) },
      'serverless-offline-kafka': { brokers: 'first:9092' },
    }
    const { functions, ...service } = await declare({}, { commands: ['offline'], custom })
    const clusters = (key: string) => (functions[key] as { environment?: object })?.environment
    const [first, second] = ['first:9092', 'second:9092']
    expect(clusters('flow-push')).toMatchObject({ SOURCE_KAFKA_BROKERS: first, TARGET_KAFKA_BROKERS: second })
    expect(clusters('flow-pull')).toMatchObject({ SOURCE_KAFKA_BROKERS: second, TARGET_KAFKA_BROKERS: first })
    expect(service.custom['serverless-offline-kafka']).toMatchObject({
      functions: { 'flow-pull': { brokers: ['second:9092'] } },
    })
  } finally {
    process.env.TARGET_KAFKA_BROKERS = before
  }
})

// A second process that bundled into the same project, such as a test run, made `npm start` rebuild until memory ran out.
test('a save rebuilds the bundles, and bundles themselves do not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'))
  for (const name of ['lib', '.cache/offline-1/.build', '.esbuild-connectors/.build', 'node_modules/x']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  const seen: string[] = []
  const watcher = watch('./**/*.(js|ts)', { cwd: folder, ignored: bundling.watch.ignore, ignoreInitial: true })
  await once(watcher, 'ready')
  watcher.on('all', (_, path) => seen.push(path))
  for (const name of ['.cache/offline-1/.build/dump.js', '.esbuild-connectors/.build/dump.js', 'node_modules/x/x.js']) {
    writeFileSync(join(folder, name), '')
  }
  const saved = once(watcher, 'all')
  writeFileSync(join(folder, 'lib/dump.ts'), '')
  await saved
  await watcher.close()
  rmSync(folder, { recursive: true })
  expect(seen).toEqual(['lib/dump.ts'])
})
