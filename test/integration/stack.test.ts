import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { openBucket } from '../../local/bucket.ts'
import { startKafka } from '../../local/kafka-broker.ts'
import { startS3Proxy } from '../../local/s3-proxy.ts'
import { allOrNone } from '../../local/stack.ts'
import { createTopics } from '../../local/topics.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

/** Another address of this machine, at which answers whatever listens at all of its addresses. */
const OTHER_ADDRESS = '127.0.0.2'

const addresses = [
  ...new Set(Object.values(stack.connections).flatMap(({ brokers }) => brokers)),
  new URL(stack.store.endpoint ?? '').host,
]

test.each(addresses)('%s is reached at the loopback address only', async address => {
  const [host = '', port = ''] = address.split(':')
  const connected = async (at: string) => {
    const socket = connect(Number(port), at)
    try {
      return await once(socket, 'connect').then(
        () => true,
        () => false,
      )
    } finally {
      socket.destroy()
    }
  }
  expect([host, await connected(host), await connected(OTHER_ADDRESS)]).toEqual(['127.0.0.1', true, false])
})

describe.each(Object.entries(stack.connections))('Kafka, %s', (_name, connection) => {
  test('lets its clients write and read', async () => {
    const topic = await createTopic('ways-in')
    await write(connection, topic, 'in')
    expect(await readOne(connection, topic)).toBe('in')
  })

  const { sasl } = connection
  if (sasl)
    test('refuses a wrong password', async () => {
      const wrong = { ...connection, sasl: { ...sasl, password: 'wrong' } }
      await expect(write(wrong, 'any', 'in')).rejects.toThrow(/authentication failed/i)
    })

  if (connection.cert)
    test('refuses a client without a certificate', async () => {
      const { cert, key, ...anonymous } = connection
      await expect(write(anonymous, 'any', 'in')).rejects.toThrow()
    })
})

/** No retries: whoever starts the stack may rely on it at once. */
function clientOf(connection: KafkaSettings): Kafka {
  return new Kafka({ ...kafkajsConfig(connection), logLevel: logLevel.NOTHING, retry: { retries: 0 } })
}

async function write(connection: KafkaSettings, topic: string, value: string): Promise<void> {
  const producer = clientOf(connection).producer()
  try {
    await producer.connect()
    await producer.send({ topic, messages: [{ value }] })
  } finally {
    await producer.disconnect()
  }
}

async function readOne(connection: KafkaSettings, topic: string): Promise<string | undefined> {
  const consumer = clientOf(connection).consumer({ groupId: uniqueName('reader'), maxWaitTimeInMs: 100 })
  const read = Promise.withResolvers<string | undefined>()
  consumer.on(consumer.events.CRASH, ({ payload }) => read.reject(payload.error))
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => read.resolve(message.value?.toString()) })
    return await read.promise
  } finally {
    await consumer.disconnect()
  }
}

describe('the store', () => {
  const object = {
    Key: 'größe/Ω.json.gz',
    Body: 'bytes',
    ContentType: 'application/json',
    ContentEncoding: 'gzip',
    Metadata: { topic: 'orders', 'first-offset': '7' },
  }
  const { Body, ...head } = object

  test('keeps an object with its metadata, also when it restarts', async () => {
    const s3 = await startS3Proxy()
    const client = new S3Client(s3.address)
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'kept' }))
      await client.send(new PutObjectCommand({ Bucket: 'kept', ...object }))
      await s3.restart()
      const { Body: body, ...kept } = await client.send(new GetObjectCommand({ Bucket: 'kept', Key: object.Key }))
      expect(await body?.transformToString()).toBe(Body)
      expect({ ...kept, Key: object.Key }).toMatchObject(head)
    } finally {
      client.destroy()
      await s3.stop()
    }
    expect(existsSync(s3.dataDir)).toBe(false)
  })

  test('refuses a wrong signature', async () => {
    const credentials = { accessKeyId: stack.store.credentials?.accessKeyId ?? '', secretAccessKey: 'wrong' }
    const client = new S3Client({ ...stack.store, credentials })
    await expect(client.send(new ListBucketsCommand({}))).rejects.toThrow(/signature/i)
    client.destroy()
  })
})

test('what is kept is there again at the next start, at the same addresses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kept-'))
  const start = () =>
    allOrNone(startKafka({ kept: join(folder, 'kafka') }), startS3Proxy({ kept: join(folder, 'store') }))
  try {
    const [kafka, store] = await start()
    try {
      await createTopics(kafka.connections.plaintext, { kept: 1 })
      await write(kafka.connections.plaintext, 'kept', 'in')
      await openBucket({ ...store.address, bucket: 'kept' })
    } finally {
      await Promise.all([kafka.stop(), store.stop()])
    }
    const [again, storeAgain] = await start()
    try {
      expect(storeAgain.address).toEqual(store.address)
      // The addresses of the first start.
      expect(await readOne(kafka.connections.plaintext, 'kept')).toBe('in')
      const client = new S3Client(store.address)
      const { Buckets = [] } = await client.send(new ListBucketsCommand({}))
      client.destroy()
      expect(Buckets.map(({ Name }) => Name)).toEqual(['kept'])
    } finally {
      await Promise.all([again.stop(), storeAgain.stop()])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

describe('a starter that is killed', () => {
  test('leaves no server and no data', async () => {
    const starter = run(`
      import { startS3Proxy } from './local/s3-proxy.ts'
      const { address, dataDir } = await startS3Proxy()
      console.log(JSON.stringify({ endpoint: address.endpoint, dataDir }))`)
    const { endpoint, dataDir } = JSON.parse(await firstLine(starter))
    expect(await answers(endpoint)).toBe(true)
    starter.kill('SIGKILL')
    await until(async () => !(await answers(endpoint)) && !existsSync(dataDir))
  })

  test('leaves no process, not even one that does not listen to SIGTERM', async () => {
    const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.pid)"
    const starter = run(`
      import { startLeashed } from './local/leashed-process.ts'
      const command = [process.execPath, '-e', ${JSON.stringify(stubborn)}]
      startLeashed({ command, folder: '/nonexistent' }, 'pipe').stdout.pipe(process.stdout)`)
    const pid = Number(await firstLine(starter))
    expect(isAlive(pid)).toBe(true)
    starter.kill('SIGKILL')
    await until(() => !isAlive(pid))
  })
})

function run(program: string): ChildProcess {
  const cwd = new URL('../..', import.meta.url).pathname
  return spawn(process.execPath, ['--input-type=module', '-e', program], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('its output is not ours')
  const [line] = await once(createInterface(stdout), 'line')
  return line
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(endpoint).then(
    () => true,
    () => false,
  )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The test's timeout is the limit. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50)
}
