import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import kafkajs from 'kafkajs'
import { entryKey, logFolder } from '../../lib/commits/log-key.ts'
import { documents } from '../../lib/connectors/commands/documents/index.ts'
import { createDeployment } from '../../lib/connectors/commands/index.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import { perform } from '../../lib/connectors/run-command.ts'
import type { DescribedConnector } from '../../lib/health/model.ts'
import { kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createLambdaClient } from '../../lib/lambda/client.ts'
import { createFunctions } from '../../lib/lambda/functions.ts'
import { openBucket } from '../../local/bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { commandContext } from '../support/connectors.ts'
import { until } from '../support/offline-polling.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { type SwitchedProxy, startSwitchedProxy } from '../support/switched-proxy.ts'

const root = join(import.meta.dirname, '../..')
const { plaintext } = stack.connections
const bucketName = uniqueName('commands')
const topic = uniqueName('orders')
const shop = uniqueName('shop')
const strictTopic = uniqueName('strict')
const firmTopic = uniqueName('firm')
const rolledTopic = uniqueName('rolled')
const SERVICE = 'kafka-connectors-dev'
const auth = { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf' }
const source = { bootstrapServers: ['kafka.example.com:9096'], auth }
const batch = { size: 100, windowSeconds: 0 }

/**
 * Connectors that run on this machine: two that take JSON only, one of which stops at anything else, one whose batches are
 * compacted, and one with a pattern that nothing matches yet.
 */
const connectors = {
  lake: { type: 'dump', source: { ...source, topics: [topic] }, batch, to: { bucket: 'lake', prefix: 'lake' } },
  strict: {
    type: 'dump',
    source: { ...source, topics: [strictTopic] },
    batch,
    to: { bucket: 'lake', prefix: 'strict', valueFormat: 'json' },
  },
  firm: {
    ...{ type: 'dump', source: { ...source, topics: [firmTopic] }, batch, failurePolicy: 'fail', timeoutSeconds: 5 },
    to: { bucket: 'lake', prefix: 'firm', valueFormat: 'json' },
  },
  rolled: {
    ...{ type: 'dump', source: { ...source, topics: [rolledTopic] }, batch },
    to: { bucket: 'lake', prefix: 'rolled', rotate: { flushSize: 3 } },
  },
  shop: { type: 'dump', source: { ...source, pattern: `${shop}\\..*` }, batch, to: { bucket: 'lake', prefix: 'shop' } },
}

let folder: string
let environment: Record<string, string>
let api: string
let service: OfflineService
let store: SwitchedProxy
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-commands-'))
  const settings = { ...stack.store, bucket: bucketName, forcePathStyle: true }
  store = await startSwitchedProxy(stack.store.endpoint ?? '')
  const topics = { [topic]: 2, [strictTopic]: 1, [firmTopic]: 2, [rolledTopic]: 1 }
  await Promise.all([openBucket(settings), createTopics(plaintext, topics)])
  const file = join(folder, 'connectors.json')
  await writeFile(file, JSON.stringify(connectors))
  const [httpPort, lambdaPort, apiPort] = await freePorts(3)
  api = `http://127.0.0.1:${apiPort}`
  environment = {
    ...storeEnvironment({ ...settings, endpoint: store.endpoint }),
    CONNECTORS: file,
    KAFKA_BROKERS: plaintext.brokers.join(),
    OFFLINE_HTTP_PORT: `${httpPort}`,
    OFFLINE_LAMBDA_PORT: `${lambdaPort}`,
    OFFLINE_API_PORT: `${apiPort}`,
  }
  service = await startOffline({ config: 'serverless.connectors.yml', environment, onLine() {} })
})

afterAll(async () => {
  await service?.stop()
  store?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Runs `serverless connectors …` and gives its exit code and what it printed. */
function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
  const command = [serverless, 'connectors', ...args, '--config', 'serverless.connectors.yml']
  const env = { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', HOME: folder, ...environment }
  return new Promise(resolve => {
    execFile(process.execPath, command, { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, printed: stripVTControlCharacters(stdout + stderr) })
    })
  })
}

/** What a command prints with `--json`, without the start of a process. */
async function documentOf(command: 'describe' | 'pause' | 'resume', name: string): Promise<object> {
  const printed: string[] = []
  const context = commandContext(readConnectors(connectors, SERVICE, 'connectors'), {}, text => void printed.push(text))
  const deployment = createDeployment(SERVICE, { endpoint: api, region: 'us-east-1', credentials }, { isLocal: true })
  await perform(command, { ...context, deployment, json: true }, { name })
  return JSON.parse(printed.join(''))
}

async function health(name: string): Promise<DescribedConnector> {
  return documents.describe.parse(await documentOf('describe', name))
}

/** Waits until a connector has a state, and gives its health then. */
async function inState(name: string, state: DescribedConnector['state']): Promise<DescribedConnector> {
  let found: DescribedConnector | undefined
  await until(async () => {
    found = await health(name)
    return found.state === state
  }, `${name} is ${state}`).catch(error => {
    throw new Error(`${error.message}: ${JSON.stringify(found)}`)
  })
  return found as DescribedConnector
}

async function send(topic: string, partition: number, value: string): Promise<void> {
  const producer = createProducer(plaintext, { clientId: 'test' })
  const record = { key: null, value: Buffer.from(value), headers: [], timestamp: Date.now(), partition }
  await producer.send(topic, [record], Date.now() + 30_000)
  await producer.close()
}

const functions = () => createFunctions(createLambdaClient({ endpoint: api, region: 'us-east-1', credentials }))

test('a record is sent and found in the bucket, logged, and counted as read', async () => {
  const sent = await run('test', '--local', '--name', 'lake', '--topic', topic, '--key', 'k', '--value', 'v')
  expect(sent.printed).toMatch(
    new RegExp(
      `^Sent to ${topic}, partition \\d, offset 0\\.\nArrived after [\\d.]+ s: s3://${bucketName}/lake/${topic}/partition=\\d/${topic}\\+`,
    ),
  )
  expect(sent.code).toBe(0)
  expect((await run('logs', '--local', '--name', 'lake')).printed).toMatch(
    new RegExp(`INFO {3}Object written {2}topic=${topic} .*key=lake/${topic}/`),
  )
  const { printed } = await run('list', '--local')
  expect(printed).toMatch(/^connector +type +state +lag +oldest unread +in\/min +out\/min +failed 24 h +last success\n/)
  expect(printed).toMatch(/\nlake +dump +RUNNING +0 +– +0.2 +0.2 +0 +\d+ (s|min) ago\n/)
  expect(printed).toMatch(/\nshop +dump +RUNNING +0 +– +0 +0 +0 +–\n/)
})

test('commands that stream data find the store that the service on this machine writes to', async () => {
  const listed = await run('objects', '--local', '--name', 'lake', '--json')
  expect(listed.code).toBe(0)
  const lines = listed.printed.trim().split('\n')
  const [object] = lines.map(line => JSON.parse(line))
  expect(object).toMatchObject({ type: 'object', topic, key: expect.stringContaining(`lake/${topic}/partition=`) })
  const shown = await run('cat', '--local', '--name', 'lake', '--key', object.key)
  expect(JSON.parse(shown.printed)).toMatchObject({ topic, key: 'k', value: 'v' })
})

test('a record that does not arrive is an error after a while, and the log has the reason', async () => {
  const args = ['--local', '--name', 'strict', '--topic', strictTopic, '--value', 'no JSON', '--timeout', '5']
  expect(await run('test', ...args)).toMatchObject({
    code: 1,
    printed: expect.stringContaining('The record did not arrive within 5 s.'),
  })
  // Errors are printed on another stream than the rest.
  const { printed } = await run('logs', '--local', '--name', 'strict')
  expect(printed).toMatch(/ {2}ERROR {2}Records left in Kafka {2}.*errorCode=VALUE_UNDECODABLE/)
  const failed = await run('failed', '--local', '--name', 'strict')
  expect(failed.printed).toMatch(
    new RegExp(`${strictTopic} +0 +0 +1 +VALUE_UNDECODABLE +Kafka, named by the log +yes +20`),
  )
  expect(failed.code).toBe(0)
  expect(await health('strict')).toMatchObject({
    ...{ state: 'DEGRADED', act: 'person', failed24h: 1, lag: 0, unknown: {} },
    reason: expect.stringMatching(/^1 record was put aside or left in Kafka .*: VALUE_UNDECODABLE/),
  })
})

test('a record that stops its partition is told with its offset, until it is passed over', async () => {
  await send(firmTopic, 0, '{}')
  await send(firmTopic, 1, 'no JSON')
  await inState('firm', 'STOPPED')
  // The other partition is committed independently, before or after.
  await until(async () => (await health('firm')).partitions[0]?.lag === 0, 'the other partition is read')
  const { reason, partitions } = await inState('firm', 'STOPPED')
  expect(reason).toMatch(`${firmTopic}-1 stands at offset 0: VALUE_UNDECODABLE: `)
  expect(partitions).toMatchObject([
    { lag: 0, stopped: false, lastDelivery: { key: expect.stringContaining(`firm/${firmTopic}/partition=0/`) } },
    { lag: 1, stopped: true, lastError: { code: 'VALUE_UNDECODABLE', offset: 0, act: 'person' }, lastDelivery: null },
  ])
  expect(partitions[1]?.oldestUnreadAgeMs).toBeGreaterThan(0)
  // The log may tell of the record before the mapping has the function's answer.
  const hasProblem = async () => (await health('firm')).mappings[0]?.lastResult?.startsWith('PROBLEM')
  await until(hasProblem, 'the call that fails has ended')
  expect((await health('firm')).mappings).toEqual([
    { topic: firmTopic, state: 'Enabled', lastResult: 'PROBLEM: Function call failed' },
  ])
  await documentOf('pause', 'firm')
  expect(await health('firm')).toMatchObject({ state: 'PAUSED', reason: 'paused, and 1 record waits' })
  const admin = new kafkajs.Kafka({ ...kafkajsConfig(plaintext), logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  const groupId = `${SERVICE}-firm-${firmTopic}`
  await admin.setOffsets({ groupId, topic: firmTopic, partitions: [{ partition: 1, offset: '1' }] })
  await admin.disconnect()
  await documentOf('resume', 'firm')
  await inState('firm', 'RUNNING')
})

test('a store that is away lets nothing through, and is told until it is back', async () => {
  store.cut()
  await send(firmTopic, 0, '{}')
  const { reason, act } = await inState('firm', 'FAILING')
  expect(reason).toMatch(/^nothing gets through for \d+ (s|min): STORE_UNAVAILABLE: /)
  expect(act).toBe('system')
  store.join()
  expect(await inState('firm', 'RUNNING')).toMatchObject({ lag: 0, lastError: { code: 'STORE_UNAVAILABLE' } })
})

test('a companion that fails is told with its error, until a run of it succeeds', async () => {
  const bucket = await openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true })
  const key = entryKey(logFolder('rolled', { topic: rolledTopic, partition: 0 }), 0, 'plan')
  await bucket.put({ key, body: Buffer.from('damaged'), contentType: 'text/plain', metadata: {} })
  await produce(plaintext, rolledTopic, orders(3))
  await until(async () => (await health('rolled')).partitions[0]?.lastDelivery, 'the records are staged')
  const compact = () => functions().invoke(`${SERVICE}-rolled-compact`, {})
  await expect(compact()).rejects.toThrow('is no entry of a commit log')
  expect(await health('rolled')).toMatchObject({
    ...{ state: 'DEGRADED', reason: expect.stringMatching(/^compact fails: COMMIT_LOG_DAMAGED: /) },
    companions: [
      { function: 'check', ok: true },
      { function: 'compact', ok: false },
    ],
  })
  await bucket.delete(key)
  await compact()
  expect(await inState('rolled', 'RUNNING')).toMatchObject({
    companions: [{ function: 'check' }, { function: 'compact', ok: true, lastError: null, result: { quarantined: 0 } }],
    staged: { objects: expect.any(Number) },
  })
})

test('a paused connector reads nothing, says so, and continues where it stopped', async () => {
  expect(await run('pause', '--local', '--name', 'lake')).toEqual({
    code: 0,
    printed: `lake has stopped reading ${topic}.\n`,
  })
  await produce(plaintext, topic, orders(5))
  expect((await run('list', '--local')).printed).toMatch(
    /lake +dump +PAUSED +5 .*\n +paused, and 5 records wait \(a person has to act\)\n/,
  )
  const refused = await run('test', '--local', '--name', 'lake', '--topic', topic, '--value', 'v')
  expect(refused).toMatchObject({ code: 1, printed: expect.stringContaining('its mapping is disabled') })
  expect((await run('resume', '--local', '--name', 'lake')).printed).toBe(`lake reads ${topic}.\n`)
  expect((await run('test', '--local', '--name', 'lake', '--topic', topic, '--value', 'v')).code).toBe(0)
})

test('what is missing fails the check, and reconcile mends it: the pattern’s new topic is read', async () => {
  const failed = await run('check', '--local')
  expect(failed.code).toBe(1)
  expect(failed.printed).toContain(`✓ source topic ${topic}`)
  expect(failed.printed).toMatch(/✗ source pattern +no topic matches/)
  expect(failed.printed).toContain('Connectivity check failed: shop.')
  await createTopics(plaintext, { [`${shop}.carts`]: 1 })
  const reconciled = await functions().invoke('kafka-connectors-dev-shop-reconcile', {})
  expect(reconciled).toMatchObject({ created: [`${shop}.carts`] })
  expect((await run('test', '--local', '--name', 'shop', '--topic', `${shop}.carts`, '--value', 'v')).code).toBe(0)
  const passed = await run('check', '--local')
  expect(passed).toMatchObject({ code: 0, printed: expect.stringContaining('Connectivity check passed.') })
})

test('where nothing runs, that is said', async () => {
  const [port] = await freePorts(1)
  environment = { ...environment, OFFLINE_API_PORT: `${port}` }
  const { code, printed } = await run('list', '--local')
  expect(code).toBe(1)
  expect(printed).toContain(`Nothing answers at http://127.0.0.1:${port}. Start the service first`)
  expect(printed).not.toMatch(/^ +at /m)
})
