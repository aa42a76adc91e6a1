import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { watch } from 'chokidar'
import ServerlessConnectors from '../../../lib/connectors/index.ts'
import { bundling } from '../../../local/esbuild-settings.ts'
import { dump, replicate } from '../../support/connectors.ts'

interface Service {
  service: string
  custom: Record<string, unknown>
  functions: Record<
    string,
    { handler?: string; runtime?: string; skipEsbuild?: boolean; package?: { artifact: string } }
  >
  resources: { Resources?: Record<string, unknown> }
  package: { individually?: boolean; patterns?: string[] }
  provider: object
}

interface Circumstances {
  commands?: string[]
  options?: Record<string, unknown>
  /** The account that is deployed to. */
  account?: string
  place?: { serviceDir?: string; configurationFilename?: string }
  /** The service's file, as far as it is not in the service. */
  file?: Record<string, unknown>
}

/** What the framework hands to its plugins, as far as this one looks at it; whole commands are in test/deploy. */
async function declare(
  connectors: object,
  {
    commands = ['package'],
    options = {},
    account = '123456789012',
    place,
    file,
    ...more
  }: Partial<Service> & Circumstances = {},
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
    configurationInput: file,
    pluginManager: { plugins: [], async spawn() {} },
    getProvider: () => ({
      getStage: () => 'dev',
      getRegion: () => 'eu-central-1',
      naming: { getStackName: () => 'lake-dev' },
      getAccountId: async () => account,
    }),
    configSchemaHandler: { defineTopLevelProperty() {}, defineCustomProperties() {} },
    classes: { Error: class extends Error {} },
  }
  const warned: string[] = []
  const log = { info() {}, notice() {}, warning: (line: string) => void warned.push(line), error() {} }
  const { hooks } = new ServerlessConnectors(serverless, options, { log, writeText() {} })
  await hooks.initialize()
  return Object.assign(service, { hooks, warned })
}

test('functions of one file share a package, and the settings of a bundler stay as the service has them', async () => {
  const custom = {
    connectors: { a: dump(), b: dump({ to: { prefix: 'b' } }), c: replicate() },
    esbuild: { minify: false },
  }
  const { functions, ...service } = await declare({}, { custom })
  const dumped = { artifact: '.serverless/kafka-functions-dump.zip', individually: true }
  expect(functions.a).toMatchObject({ handler: 'functions/dump.handler', skipEsbuild: true, package: dumped })
  expect(functions.b?.package).toEqual(dumped)
  expect(functions.c?.package?.artifact).toBe('.serverless/kafka-functions-replicate.zip')
  expect(service.custom.esbuild).toEqual({ minify: false })
})

test('a service’s own functions are packaged as it says, and connectors have a package each all the same', async () => {
  const own = { mine: { handler: 'mine.handler' } }
  const { functions, ...service } = await declare({ flow: dump() }, { functions: { ...own } })
  expect(functions.mine).toEqual(own.mine)
  expect(service.package).toEqual({ patterns: ['!.kafka-functions/**'] })
  expect(functions.flow?.package).toMatchObject({ individually: true })
  expect((await declare({ flow: dump() })).package).toMatchObject({ individually: true })
})

// A plan packages as a deployment does: it zipped the whole folder of the service instead, for minutes.
test.each([['package'], ['deploy'], ['connectors', 'plan']])(
  '%s %s takes the packages of functions',
  async (...commands) => {
    const { functions } = await declare({ a: dump() }, { commands })
    expect(functions.a?.package?.artifact).toBe('.serverless/kafka-functions-dump.zip')
  },
)

test.each([['offline'], ['offline', 'start'], ['invoke', 'local']])(
  '%s %s runs the functions from the service’s folder',
  async (...commands) => {
    const { functions } = await declare({ a: dump() }, { commands })
    expect(functions.a).toMatchObject({ handler: '.kafka-functions/dump.handler', skipEsbuild: true })
    expect(functions.a).not.toHaveProperty('package')
  },
)

test('functions have their own runtime, and the service’s architecture if it has one', async () => {
  const { functions } = await declare({ a: dump() })
  expect(functions.a).toMatchObject({ runtime: 'nodejs24.x', architecture: 'arm64' })
  expect(functions.a).not.toHaveProperty('layers')
  const provider = { runtime: 'python3.13', architecture: 'x86_64', layers: ['arn:of:a:layer'] }
  const { functions: others } = await declare({ a: dump() }, { provider })
  expect(others.a).toMatchObject({ runtime: 'nodejs24.x', architecture: 'x86_64', layers: [] })
  const { functions: layered } = await declare({ a: dump() }, { provider: { ...provider, runtime: 'nodejs22.x' } })
  expect(layered.a).not.toHaveProperty('layers')
})

test('connectors are declared at the top or under custom, and messages name the place', async () => {
  const atTheTop = (connectors: object, custom?: object) => declare({}, { custom: { ...custom }, file: { connectors } })
  expect((await atTheTop({ flow: dump() })).functions).toHaveProperty('flow')
  await expect(atTheTop({ flow: { type: 'dumb' } })).rejects.toThrow('\n  connectors.flow.type: expected one of')
  await expect(atTheTop({ flow: dump() }, { connectors: { flow: dump() } })).rejects.toThrow(
    'Connectors are declared twice: under connectors and under custom.connectors. Keep one.',
  )
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

test('package warns of variables of all functions that connectors would read as their own', async () => {
  const environment = { FORMAT: 'avro', S3_BUCKET: 'declared', LOG_LEVEL: 'DEBUG', GREETING: 'hello' }
  const { warned } = await declare({ flow: dump() }, { provider: { environment } })
  expect(warned.filter(line => line.startsWith('provider'))).toEqual([
    expect.stringContaining('provider.environment.FORMAT: connectors read it as well'),
  ])
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

test('a function or resource that the service has already is not replaced', async () => {
  await expect(declare({ flow: dump() }, { functions: { 'flow-check': { handler: 'mine.handler' } } })).rejects.toThrow(
    'The connectors need a function flow-check, and the service has a function of that name already.',
  )
  const resources = { Resources: { ConnectorsDashboard: {} } }
  await expect(declare({ flow: dump() }, { resources })).rejects.toThrow(
    'The connectors need a resource ConnectorsDashboard, and the service has a resource of that name already.',
  )
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

test('without connectors a service stays as it is', async () => {
  const { hooks, warned, ...service } = await declare({}, { custom: {} })
  expect(service).toEqual({ service: 'lake', custom: {}, functions: {}, resources: {}, package: {}, provider: {} })
  const { 'connectors:list:run': list } = hooks as unknown as Record<string, () => Promise<void>>
  const told = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  await list?.()
  expect(told.mock.calls.join()).toContain('This service declares no connectors')
  expect(process.exitCode).toBe(1)
  told.mockRestore()
  process.exitCode = 0
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

test.each([[null], [undefined]])(
  'what a rate costs is asked of a service whose connectors are %s',
  async connectors => {
    const { printed, complained } = await costOf({ 'mb-per-second': '20' }, connectors)
    expect(printed).toContain('a dump, json with gzip compression, in eu-central-1: 20 MB/s')
    expect(complained).toBe('')
  },
)

test('what a connector costs is asked only of a service that declares some', async () => {
  await expect(costOf({ name: 'flow' }, null)).rejects.toThrow('custom.connectors is empty')
  const { complained } = await costOf({ name: 'flow' }, undefined)
  expect(complained).toContain('This service declares no connectors')
})

/** What the command `connectors cost` prints in a service with that declaration. */
async function costOf(options: Record<string, unknown>, connectors: unknown) {
  const spies = [process.stdout, process.stderr].map(stream => jest.spyOn(stream, 'write').mockReturnValue(true))
  try {
    const { hooks } = await declare({}, { commands: ['connectors', 'cost'], custom: { connectors }, options })
    const { 'connectors:cost:run': run } = hooks as unknown as Record<string, () => Promise<void>>
    await run?.()
    const [printed = '', complained = ''] = spies.map(({ mock }) => mock.calls.join())
    return { printed, complained }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = 0
  }
}

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
