import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createLambdaClient } from '../../lib/lambda/client.ts'
import { createFunctions } from '../../lib/lambda/functions.ts'
import { openBucket } from '../../local/bucket.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { stack, uniqueName } from '../support/stack.ts'

const root = join(import.meta.dirname, '../..')
const { plaintext } = stack.connections
const bucketName = uniqueName('commands')
const topic = uniqueName('orders')
const shop = uniqueName('shop')
const strictTopic = uniqueName('strict')
const auth = { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf' }
const source = { bootstrapServers: ['kafka.example.com:9096'], auth }
const batch = { size: 100, windowSeconds: 0 }

/** Connectors that run on this machine: one that takes JSON only, one with a pattern that nothing matches yet. */
const connectors = {
  lake: { type: 'dump', source: { ...source, topics: [topic] }, batch, to: { bucket: 'lake', prefix: 'lake' } },
  strict: {
    type: 'dump',
    source: { ...source, topics: [strictTopic] },
    batch,
    to: { bucket: 'lake', prefix: 'strict', valueFormat: 'json' },
  },
  shop: { type: 'dump', source: { ...source, pattern: `${shop}\\..*` }, batch, to: { bucket: 'lake', prefix: 'shop' } },
}

let folder: string
let environment: Record<string, string>
let api: string
let service: OfflineService

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-commands-'))
  const settings = { ...stack.store, bucket: bucketName, forcePathStyle: true }
  await Promise.all([openBucket(settings), createTopics(plaintext, { [topic]: 2, [strictTopic]: 1 })])
  const file = join(folder, 'connectors.json')
  await writeFile(file, JSON.stringify(connectors))
  const [httpPort, lambdaPort, apiPort] = await freePorts(3)
  api = `http://127.0.0.1:${apiPort}`
  environment = {
    ...storeEnvironment(settings),
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
  expect(printed.split('\n').map(line => line.trim().split(/ {2,}/))).toEqual([
    ['connector', 'type', 'topics', 'state', 'lag'],
    ['lake', 'dump', topic, 'enabled', '0'],
    ['strict', 'dump', strictTopic, 'enabled', '0'],
    ['shop', 'dump', `${shop}\\..*`, 'no mappings'],
    [''],
  ])
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
})

test('a paused connector reads nothing, says so, and continues where it stopped', async () => {
  expect(await run('pause', '--local', '--name', 'lake')).toEqual({
    code: 0,
    printed: `lake has stopped reading ${topic}.\n`,
  })
  await produce(plaintext, topic, orders(5))
  expect((await run('list', '--local')).printed).toMatch(new RegExp(`lake +dump +${topic} +paused +5\n`))
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
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const functions = createFunctions(createLambdaClient({ endpoint: api, region: 'us-east-1', credentials }))
  const reconciled = await functions.invoke('kafka-connectors-dev-shop-reconcile', {})
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
