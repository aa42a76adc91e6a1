import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { CONNECTORS_CONFIG, serverless } from '../../local/framework.ts'
import { freePorts } from '../../local/ports.ts'
import { stack, uniqueName } from '../support/stack.ts'

const root = join(import.meta.dirname, '../..')

/** The tests' broker and store. */
function environment() {
  const { endpoint = '', credentials } = stack.store
  return {
    ...process.env,
    KAFKA_BROKERS: stack.connections.plaintext.brokers.join(),
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId,
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    S3_BUCKET: uniqueName('commands'),
  }
}

const program = join(root, 'cli/kafka-functions.ts')

/** Runs a program of the project against them, with the bundled function under serverless-offline. */
function runFile(words: string[], variables: Record<string, string> = {}) {
  return promisify(execFile)(process.execPath, words, { cwd: root, env: { ...environment(), ...variables } })
}

/** Runs a command of `kafka-functions`. */
const run = (command: string, args: string[], variables: Record<string, string> = {}) =>
  runFile([program, command, ...args], variables)

test('the demo brings each of its records into the bucket exactly once', async () => {
  const { stdout } = await runFile([join(root, 'local/demo.ts')])
  expect(stdout).toContain('Each of the 1000 records is in the bucket exactly once, byte for byte.')
})

test('a sample event is invoked, and the objects that it made are shown', async () => {
  const { stdout } = await run('invoke', ['dump', 'events/aws-self-managed.json'])
  expect(stdout).toContain('kafka/orders/partition=0/orders+0+0000000000-0000000001.json')
  expect(stdout).toContain(
    '"key":"customer-7","offset":1,"partition":0,"timestamp":1767225601000,"topic":"orders","value":null',
  )
})

test.each([
  ['a file that is not there', ['dump', 'events/none.json'], 'no such file'],
  ['a function that is not there', ['none', 'events/aws-msk.json'], 'Function not found: none'],
  // serverless-offline answered "An internal server error occurred".
  ['an event that is no JSON', ['dump', 'README.md'], 'README.md is not valid JSON'],
  ['an event that is not one of Kafka', ['dump', 'package.json'], 'Not a Kafka event'],
])('%s is one clear message', async (_, args, message) => {
  await expect(run('invoke', args)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`^.*✗.*${message}.*\n$`)),
  })
})

test.each([
  // Kafka's client says "Topic creation errors" of it.
  ['a topic with a name that Kafka refuses', ['1', 'two words'], {}, '✗ two words is not a valid topic name'],
  // It was looked up with the port NaN.
  ['a broker without a port', ['1', 'orders'], { KAFKA_BROKERS: 'kafka' }, 'KAFKA_BROKERS: expected host:port'],
])('npm run produce: %s is one clear message', async (_, args, variables, message) => {
  await expect(run('produce', args, variables)).rejects.toMatchObject({ stderr: expect.stringContaining(message) })
})

// Their control characters went to the terminal.
test('of objects that are not text the size is shown', async () => {
  const { stdout } = await run('invoke', ['dump', 'events/aws-self-managed.json'], { FORMAT: 'parquet' })
  expect(stdout).toMatch(/0000000001\.parquet.* {2}\d+ bytes\n\(not text\)\n$/)
})

describe('npm start with connectors', () => {
  const topic = uniqueName('orders')
  const auth = { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf' }
  const bootstrapServers = ['kafka.example.com:9096']
  const source = { bootstrapServers, topics: [topic], auth }
  const batch = { windowSeconds: 0 }
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kafka-functions-start-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function declare(name: string, connectors: unknown): Promise<string> {
    const file = join(folder, name)
    await writeFile(file, JSON.stringify(connectors))
    return file
  }

  async function packageConnectors(file: string) {
    const out = join(folder, 'packaged')
    const args = [serverless, 'package', '--config', CONNECTORS_CONFIG, '--package', out]
    await promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, CONNECTORS: file } })
  }

  test('runs what is declared, whatever is packaged meanwhile, and after a change what is declared then', async () => {
    const lake = { type: 'dump', source, batch, to: { bucket: 'lake', prefix: 'lake' } }
    const added = uniqueName('added')
    // The running stack tells the brokers.
    const fromStack = { KAFKA_BROKERS: '' }
    const file = await declare('connectors.json', {
      lake,
      mirror: {
        type: 'replicate',
        source: { ...source, alias: 'here' },
        batch,
        // More than a laptop has brokers.
        to: {
          bootstrapServers: ['there.example.com:9096'],
          auth,
          alias: 'there',
          replicas: 3,
          internalTopicReplicas: 3,
        },
      },
    })
    const [lambdaPort, apiPort] = await freePorts(2)
    const ports = { OFFLINE_LAMBDA_PORT: `${lambdaPort}`, OFFLINE_API_PORT: `${apiPort}` }
    const env = { ...environment(), ...ports }
    const started = spawn(process.execPath, [program, 'start', file], { cwd: root, env, stdio: 'pipe' })
    const ended = once(started, 'close')
    let printed = ''
    const says = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = () => pattern.test(printed) && resolve()
        for (const stream of [started.stdout, started.stderr]) stream.on('data', look)
        started.once('close', () => reject(new Error(printed)))
        look()
      })
    for (const stream of [started.stdout, started.stderr]) {
      stream.prependListener('data', chunk => {
        printed += stripVTControlCharacters(String(chunk))
      })
    }
    try {
      await says(/Stop with Ctrl-C/)
      // It removed the bundles of what was running, which then failed with each batch until it was started again.
      await packageConnectors(file)
      await run('produce', ['1', topic])
      await Promise.all([
        says(new RegExp(`→ lake/${topic}/.* {2}1 record,`)),
        says(new RegExp(`INFO {3}Records replicated {2}topic=${topic} .*target=here\\.${topic}`)),
      ])

      const wrong = { ...lake, to: { ...lake.to, compresion: 'none' } }
      await declare('connectors.json', { lake: wrong })
      await says(/✗ .*connectors\.json: [\s\S]*did you mean compression\?\n {2}What ran before continues/)
      await declare('connectors.json', { lake: { ...lake, source: { ...source, topics: [topic, added] } } })
      await says(/✓ .*connectors\.json changed +service restarted: lake /)
      const produced = await run('produce', ['--topic', added, '--now', '--count', '3', '--clean'], fromStack)
      expect(produced.stdout).toBe(`0 records were deleted from ${added}.\n3 records are in ${added}.\n`)
      await says(new RegExp(`→ lake/${added}/`))
      const consumed = await run('consume', [added, '--count', '3', '--json'], fromStack)
      const values = consumed.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(JSON.parse(line).value).orderId)
      expect(values.toSorted()).toEqual([100_000, 100_001, 100_002])
    } finally {
      started.kill('SIGINT')
    }
    expect(await ended).toEqual([0, null])
  })

  test.each([
    [
      'a wrong declaration',
      'wrong.json',
      { lake: { type: 'dump', source: { ...source, topic } } },
      'did you mean topics',
    ],
    ['a file that is not there', 'none.json', undefined, 'custom.connectors is empty: the file'],
  ])('%s is one clear message, before anything is started', async (_, name, connectors, message) => {
    const file = connectors ? await declare(name, connectors) : join(folder, name)
    const [port] = await freePorts(1)
    await expect(run('start', [file], { OFFLINE_LAMBDA_PORT: `${port}` })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`✗[^✗]*${message}`)),
    })
  })

  test('so is a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(run('start', [], { OFFLINE_LAMBDA_PORT: `${port}` })).rejects.toMatchObject({
      stderr: expect.stringContaining(
        `Port ${port} is already in use, possibly by another npm start. Set OFFLINE_LAMBDA_PORT`,
      ),
    })
    await once(server.close(), 'close')
  })
})
