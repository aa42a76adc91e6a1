import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Batch } from '../../lib/offline/poller/batch.ts'
import { envelopeOf, MAX_PAYLOAD_BYTES } from '../../lib/offline/poller/event.ts'
import { freePorts } from '../../local/ports.ts'
import { Cluster, type KafkaEvent, places, placesOf, until } from '../support/offline-polling.ts'

const serviceDir = join(import.meta.dirname, 'fixtures/offline-service')
const serverless = join(import.meta.dirname, '../../node_modules/serverless/bin/serverless.js')
const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'

const cluster = new Cluster()
const running = new Set<Command>()
let folder: string

beforeAll(async () => {
  await cluster.open()
  folder = await mkdtemp(join(tmpdir(), 'offline-'))
})
afterEach(async () => {
  for (const command of running) await command.kill('SIGKILL')
})
afterAll(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

/** A command of the Serverless Framework in the service of the fixture. */
class Command {
  output = ''
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown[]>

  constructor(args: string[], env: Record<string, string>) {
    const options = { cwd: serviceDir, env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', ...env } }
    this.#child = spawn(process.execPath, [serverless, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#exit = once(this.#child, 'close')
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', chunk => {
        this.output += chunk
      })
    }
    running.add(this)
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal)
    return await this.exitCode()
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.#exit
    running.delete(this)
    return code as number | null
  }
}

/** A topic and a group for the service, and the events that its function gets. */
async function createService() {
  const topic = await cluster.createTopic(2)
  const group = `group-${randomUUID()}`
  const file = join(folder, group)
  const events = async () => {
    const text = await readFile(file, 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  }
  return {
    topic,
    group,
    events,
    received: async () => (await events()).flatMap(line => placesOf(JSON.parse(line) as KafkaEvent)),
    async run(args: string[], more: Record<string, string> = {}) {
      const [HTTP_PORT = '', LAMBDA_PORT = ''] = (await freePorts(2)).map(String)
      const KAFKA_BROKERS = cluster.connection.brokers.join()
      return new Command(args, {
        HTTP_PORT,
        LAMBDA_PORT,
        KAFKA_BROKERS,
        RECEIVED_FILE: file,
        TOPIC: topic,
        GROUP: group,
        ...more,
      })
    },
  }
}

const values = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`)

test.each<[string, string[], NodeJS.Signals]>([
  ['serverless offline', ['offline'], 'SIGINT'],
  ['serverless offline start', ['offline', 'start'], 'SIGTERM'],
])('%s calls the function, leaves the group when it ends, and continues after a restart', async (_, args, signal) => {
  const { topic, group, events, received, run } = await createService()
  await cluster.produce(topic, 0, values(10))
  const first = await run(args)
  await until(async () => (await received()).length === 10, `the function is called: ${first.output}`)
  expect(JSON.parse((await events())[0] ?? '')).toMatchObject({ eventSource: 'aws:kafka', eventSourceArn: arn })
  await until(async () => (await cluster.committed(group, topic))[0] === 10, 'the batch is committed')
  expect(await first.kill(signal)).toBe(0)
  expect(await cluster.members(group)).toBe(0)
  expect(first.output).toMatch(
    `Kafka  ${topic} → collect  group ${group}, batch 1000 / 1 s, ${cluster.connection.brokers}`,
  )
  expect(first.output).not.toContain('Warning')

  await cluster.produce(topic, 0, values(5))
  const second = await run(args)
  await until(async () => (await received()).length === 15, `the function is called: ${second.output}`)
  expect(await received()).toEqual(places(0, 0, 14))
})

test('a process that is killed loses nothing: its successor delivers what is left', async () => {
  const { topic, received, run } = await createService()
  await cluster.produce(topic, 0, values(10))
  const first = await run(['offline'])
  await until(async () => (await received()).length === 10, `the function is called: ${first.output}`)
  await first.kill('SIGKILL')
  await cluster.produce(topic, 0, values(10))
  const second = await run(['offline'])
  await until(async () => new Set(await received()).size === 20, `the function is called: ${second.output}`)
})

test('a payload of exactly 6 MB is taken', async () => {
  const { topic, events, run } = await createService()
  const envelope = envelopeOf({
    eventSource: 'aws:kafka',
    eventSourceArn: arn,
    bootstrapServers: cluster.connection.brokers.join(),
  })
  const message = (value: Buffer, header: string) => ({
    ...{ key: null, value, timestamp: String(Date.now()) },
    headers: { [header]: Buffer.alloc(0) },
  })
  const small = new Batch({ topic, envelope, maxRecords: 1 })
  const read = { offset: 0, timestamp: Date.now(), timestampType: 'CREATE_TIME', key: null } as const
  small.add(0, { ...read, value: Buffer.alloc(3), headers: [{ key: 'h', value: Buffer.alloc(0) }] })
  const missing = MAX_PAYLOAD_BYTES - small.bytes
  // Base64 grows in steps of four bytes, so the header's name makes up for the rest.
  const exact = message(Buffer.alloc(3 + Math.floor(missing / 4) * 3), 'h'.repeat(1 + (missing % 4)))
  await cluster.produce(topic, 0, [exact])
  const command = await run(['offline'])
  await until(async () => (await events()).length === 1, `the function is called: ${command.output}`)
  expect((await events())[0]).toHaveLength(MAX_PAYLOAD_BYTES)
})

test('wrong settings end the command before anything listens', async () => {
  const { run } = await createService()
  const command = await run(['offline'], { KAFKA_BROKERS: '' })
  expect(await command.exitCode()).toBe(1)
  expect(command.output).toContain('set custom.serverless-offline-kafka.brokers')
})

test('other commands are left alone', async () => {
  const { run } = await createService()
  const command = await run(['package', '--package', join(folder, 'package')], { KAFKA_BROKERS: 'not a broker' })
  expect(await command.exitCode()).toBe(0)
  expect(command.output).not.toContain('Kafka')
})
