import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { createTopics } from '../../local/topics.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { startMoto } from '../support/moto.ts'
import { createFunction } from '../support/moto-function.ts'
import { type PackagedService, packageService } from '../support/packaged-service.ts'
import { type EmulatedFunction, startEmulator } from './emulator.ts'
import { runtimeTools } from './tools.ts'

/** One connector of each kind, so that there is a package of each function. */
const connectors = `
lake:
  type: dump
  source: { bootstrapServers: ['kafka-1:9096'], pattern: 'orders.*', auth: { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a' } }
  to: { bucket: my-lake }
  recordTopics: true
rolled:
  type: dump
  source: { bootstrapServers: ['kafka-1:9096'], topics: [payments], auth: { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a' } }
  to: { bucket: my-lake, rotate: { flushSize: 1 } }
mirror:
  type: replicate
  source: { alias: a, bootstrapServers: ['a:9096'], topics: [orders], auth: { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a' } }
  to: { alias: b, bootstrapServers: ['b:9096'], auth: { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:b' } }
  syncOffsets: {}
  syncTopics: {}
`

const cleanup = new AsyncDisposableStack()
let service: PackagedService
let target: KafkaBroker
let bucket: ObjectStore
/** What every function may be given: clusters, store, and AWS as moto plays it. */
let environment: Record<string, string>
/** How long each function took to answer cold and warm, in milliseconds, and how large its package is without source maps. */
const figures: Record<string, { cold: number; warm: number; kB: number }> = {}
/** Names of the functions whose packages were tried. */
const tried = new Set<string>()

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-connectors-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'connectors.yml')
  await writeFile(file, connectors)
  await runtimeTools()
  const [packaged, source, second, store, moto] = await Promise.all([
    packageService('serverless.connectors.yml', { CONNECTORS: file }),
    startKafka(),
    startKafka(),
    startS3Proxy(),
    startMoto(),
  ])
  service = packaged
  target = second
  cleanup.defer(() => packaged.remove())
  for (const server of [source, second, store, moto]) cleanup.defer(() => server.stop())
  const settings = { ...store.address, bucket: 'lake' }
  bucket = await openBucket(settings)
  await createTopics(source.connections.plaintext, { orders: 1 })
  await createFunction(moto, 'lake')
  environment = {
    ...moto.environment,
    // As functions are deployed: with it, Node.js reads the source maps, too.
    ...nodeOptionsOf(packaged),
    CONNECTOR_NAME: 'emulated',
    ...storeEnvironment(settings),
    SOURCE_ALIAS: 'a',
    TARGET_ALIAS: 'b',
    ...variablesOf('SOURCE', source.connections.plaintext),
    ...variablesOf('TARGET', second.connections.plaintext),
  }
}, 600_000)

/** Node.js's options in a service's template, which are the same for all functions. */
function nodeOptionsOf({ template }: PackagedService) {
  const all = Object.values(template.Resources).map(({ Properties }) => Properties?.Environment)
  const { NODE_OPTIONS } = (all.find(one => one !== undefined) as { Variables: { NODE_OPTIONS: string } }).Variables
  return { NODE_OPTIONS }
}

afterAll(async () => {
  console.table(figures)
  await cleanup.disposeAsync()
})

const variablesOf = (role: 'SOURCE' | 'TARGET', connection: KafkaSettings) => clusterEnvironment(role, connection)

/**
 * Runs a function's package with an event, cold and then warm, and gives its first answer and what it printed until then.
 *
 * @param circumstances beside the function's name in the figures
 */
async function invoke(key: string, event: unknown, variables: Record<string, string> = {}, circumstances = '') {
  const name = key
    .replace(/^(lake|rolled|mirror)-/, '')
    .replace('lake', 'dump')
    .replace('mirror', 'replicate')
  const function_: EmulatedFunction = await startEmulator({
    archive: join(service.folder, archiveOf(name)),
    handler: `functions/${name}.handler`,
    environment: { ...environment, ...variables },
  })
  try {
    const start = performance.now()
    const answer = await function_.invoke(event)
    const cold = Math.round(performance.now() - start)
    const log = await function_.log()
    const again = performance.now()
    await function_.invoke(event)
    tried.add(name)
    figures[name + circumstances] ??= { cold, warm: Math.round(performance.now() - again), kB: await packageSize(name) }
    return { answer, log }
  } finally {
    await function_.stop()
  }
}

/** The package of a function: connectors share it. */
const archiveOf = (name: string) => `kafka-functions-${name}.zip`

async function packageSize(name: string): Promise<number> {
  const files = Object.entries((await service.packages())[archiveOf(name)] ?? {}).filter(
    ([name]) => !/\.map$/.test(name),
  )
  return Math.round(files.reduce((sum, [, size]) => sum + size, 0) / 1000)
}

const sample = async () =>
  JSON.parse(await readFile(join(import.meta.dirname, '../../events/aws-self-managed.json'), 'utf8'))

test('dump writes the objects of an event, and its metrics', async () => {
  const { answer, log } = await invoke('lake', await sample())
  expect(answer).toBeNull()
  const keys = await Array.fromAsync(bucket.list(''), ({ key }) => key)
  expect(keys).toEqual([expect.stringMatching(/^orders\/partition=0\/orders\+0\+/)])
  expect(log).toContain('"Namespace":"kafka-functions"')
})

test('compact makes an object of what dump has staged', async () => {
  const rotation = { OBJECT_PREFIX: 'rolled', ROTATE_FLUSH_SIZE: '1' }
  await invoke('lake', await sample(), rotation)
  const staged = await Array.fromAsync(bucket.list('rolled/'), ({ key }) => key)
  expect(staged).toEqual([expect.stringMatching(/^rolled\/_staging\/orders\/0\//)])
  const { answer, log } = await invoke('rolled-compact', {}, rotation)
  expect(answer).toMatchObject({ units: 1, objects: 1, left: 0 })
  expect(log).toContain('ObjectsCommitted')
  const keys = await Array.fromAsync(bucket.list('rolled/orders/'), ({ key }) => key)
  expect(keys).toEqual([expect.stringMatching(/^rolled\/orders\/partition=0\/orders\+0\+/)])
})

test('replicate sends the records of an event to the target', async () => {
  const { answer } = await invoke('mirror', await sample())
  expect(answer).toBeNull()
  expect(await createAdmin(target.connections.plaintext, 'test').partitionCount('a.orders')).toBe(1)
})

test('replicate sends them where the topics exist, too', async () => {
  expect((await invoke('mirror', await sample(), {}, ', topics exist')).answer).toBeNull()
})

test('sync-offsets and sync-topics make a pass', async () => {
  expect((await invoke('mirror-sync-offsets', {})).answer).toMatchObject({ groups: expect.anything() })
  expect((await invoke('mirror-sync-topics', {})).log).not.toContain('"level":"ERROR"')
})

test('record-cluster records topics and groups', async () => {
  const { answer } = await invoke('lake-record-cluster', {}, { OBJECT_PREFIX: 'recorded' })
  expect(answer).toMatchObject({ topics: 1, groups: 0, topicsSnapshot: expect.stringContaining('recorded/_topics/') })
})

test('check finds all that a dump needs', async () => {
  const connector = { CONNECTOR_TYPE: 'dump', SOURCE_TOPICS: 'orders', CONSUMER_GROUP: 'lake-{topic}' }
  expect((await invoke('lake-check', {}, connector)).answer).toMatchObject({ passed: true })
})

test('reconcile makes the mapping of a topic', async () => {
  const { answer } = await invoke(
    'lake-reconcile',
    {},
    {
      CONNECTOR_TYPE: 'dump',
      SOURCE_PATTERN: 'orders',
      CONSUMER_GROUP: 'lake-{topic}',
      MAPPED_FUNCTION: 'lake',
      MAPPING:
        '{"SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["kafka-1:9096"]}},"StartingPosition":"LATEST"}',
    },
  )
  expect(answer).toMatchObject({ created: ['orders'] })
})

test('a wrong configuration fails the start, and the error names every variable', async () => {
  const { answer, log } = await invoke('lake', await sample(), { S3_BUCKET: '', COMPRESSION: 'lzo' })
  expect(answer).toMatchObject({
    errorType: 'CONFIG_INVALID',
    errorMessage: expect.stringMatching(/S3_BUCKET[\s\S]*COMPRESSION/),
  })
  // Bundles are minified, and source maps lead to the sources.
  expect(log).toMatch(/lib\/api\/dump\.ts:\d+/)
})

test('every package of the service was tried', async () => {
  const packages = Object.keys(await service.packages())
  expect(packages.toSorted()).toEqual(Array.from(tried, archiveOf).toSorted())
})
