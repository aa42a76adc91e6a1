import { randomInt } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compactUnit } from '../../lib/compaction/compact-unit.ts'
import { readDumpSettings } from '../../lib/config/dump.ts'
import { checkEnvironment } from '../../lib/connectors/resources/environment.ts'
import { createDeadLetter } from '../../lib/delivery/dead-letter.ts'
import { failedRecordsLines } from '../../lib/delivery/failed-records-line.ts'
import { CodedError } from '../../lib/error.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { REDRIVEN_FROM } from '../../lib/redrive/replica-redriver.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { openBucket } from '../../local/bucket.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { dump, read, replicate, SERVICE } from '../support/connectors.ts'
import { readObject } from '../support/formats.ts'
import { type RedrivingRequest, redriveAndKill, redriveWhole, stopRedriving } from '../support/redriving.ts'
import { Random } from '../support/simulation/random.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

/** Failed records over all kinds of connectors, and how often their redrives are killed. Long: REDRIVEN=100000 KILLS=50. */
const RECORDS = Number(process.env.REDRIVEN ?? 1_000)
const KILLS = Number(process.env.KILLS ?? 4)
const SEED = Number(process.env.REDRIVE_SEED ?? randomInt(2 ** 31))

const { plaintext } = stack.connections
const bucket = uniqueName('redrive')
const producer = createProducer(plaintext, { clientId: 'test' })
const source = createPartitionRecords(plaintext, 'test')
const target = createPartitionRecords(stack.target.plaintext, 'test')
const random = new Random(SEED)
let folder: string

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
  folder = await mkdtemp(join(tmpdir(), 'redrive-'))
  process.stdout.write(`REDRIVE_SEED=${SEED} REDRIVEN=${RECORDS} KILLS=${KILLS}\n`)
})

afterAll(async () => {
  stopRedriving()
  await Promise.all([producer.close(), source.close(), target.close(), rm(folder, { recursive: true })])
})

const deadline = () => Date.now() + 60_000

async function readAll(from: typeof source, topic: string): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = []
  for (const [partition, { start, end }] of await from.bounds(topic))
    for await (const batch of from.read({ topic, partition, from: start, end }))
      for (const record of batch) records.push(record)
  return records
}

/** A topic whose records have all failed: every other one has a dead letter, the others only a line in the log. */
async function failedTopic(count: number) {
  const topic = await createTopic('orders')
  const outgoing = Array.from({ length: count }, (_, index) => ({
    key: Buffer.from(`k${index % 7}`),
    value: Buffer.from(`{"n":${index}}`),
    headers: [],
    timestamp: Date.now(),
    partition: 0,
  }))
  await producer.send(topic, outgoing, deadline())
  const records = await readAll(source, topic)
  const deadLetterTopic = await createTopic('failed')
  const error = new CodedError('STORE_REJECTED', 'no')
  const letters = records.filter(({ offset }) => offset % 2 === 0).map(record => ({ record, error }))
  expect(await createDeadLetter(deadLetterTopic, 'flow', producer).put(letters, deadline())).toEqual([])
  const facts = { message: 'Records left in Kafka', topic, partition: 0, policy: 'log' } as const
  const lines = failedRecordsLines(
    { ...facts, errorCode: 'STORE_REJECTED', errorMessage: 'no' },
    records.filter(({ offset }) => offset % 2 === 1).map(({ offset }) => offset),
  )
  const log = join(folder, topic)
  const texts = lines.map(line => JSON.stringify({ level: 'ERROR', timestamp: new Date(), ...line, connector: 'flow' }))
  await writeFile(log, texts.join('\n'))
  return { topic, deadLetterTopic, log, records }
}

type Failed = Awaited<ReturnType<typeof failedTopic>>

function requestOf(declaration: object, { deadLetterTopic, log }: Failed, own: Record<string, string>) {
  const [connector] = read({ flow: declaration })
  if (!connector) throw new Error('no connector')
  const all = Object.entries(checkEnvironment(connector, SERVICE, 'group'))
  const declared = all.filter(([name]) => !name.includes('KAFKA_'))
  const environment = {
    ...Object.fromEntries(declared.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    ...clusterEnvironment('SOURCE', plaintext),
    DEAD_LETTER_TOPIC: deadLetterTopic,
    ...own,
  }
  return { declaration, environment, options: { log } } satisfies RedrivingRequest
}

function dumpRequest(failed: Failed, to: object = {}): RedrivingRequest & { prefix: string } {
  const { endpoint = '', credentials } = stack.store
  const prefix = failed.topic
  const declaration = dump({
    source: { topics: [failed.topic] },
    to: { bucket, prefix, format: 'jsonl', ...to },
  })
  const store = {
    ...{ S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '' },
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
  return { ...requestOf(declaration, failed, store), prefix }
}

function replicateRequest(failed: Failed, exactlyOnce: boolean): RedrivingRequest {
  const declaration = replicate({ source: { topics: [failed.topic] } })
  const request = requestOf(declaration, failed, clusterEnvironment('TARGET', stack.target.plaintext))
  const environment = {
    ...request.environment,
    REPLICATION_POLICY: 'identity',
    SOURCE_ALIAS: uniqueName('a'),
    TARGET_ALIAS: 'b',
    ...(exactlyOnce ? { EXACTLY_ONCE: 'true', OFFSET_SYNCS_LOCATION: 'target' } : {}),
  }
  return { ...request, environment }
}

/** Redrives until it is done, killed so many times before that. */
async function redriveDespite(kills: number, request: RedrivingRequest, records: number): Promise<void> {
  // Slowly enough that something is left to be done when it is killed.
  const slow = { ...request, options: { ...request.options, rate: `${Math.max(50, Math.ceil(records / 4))}/s` } }
  for (let kill = 0; kill < kills; kill++) await redriveAndKill(slow, random.between(0, 3_000))
  const last = await redriveWhole(request)
  expect(last.error).toBeUndefined()
}

/** The records of the objects that people read. */
async function inBucket({ environment, prefix }: ReturnType<typeof dumpRequest>): Promise<KafkaRecord[]> {
  const store = createCommitStore(readDumpSettings(environment).store, prefix)
  const records: KafkaRecord[] = []
  for await (const { key } of store.list(`${prefix}/`)) {
    if (key.slice(prefix.length + 1).startsWith('_')) continue
    for (const record of await readObject(key, await store.get(key))) records.push(record)
  }
  return records
}

async function compact({ environment, prefix }: ReturnType<typeof dumpRequest>, topic: string): Promise<void> {
  const settings = readDumpSettings(environment)
  const compaction = {
    ...{ store: createCommitStore(settings.store, prefix), keys: createObjectKeys(settings.keys), prefix },
    ...{ format: settings.format, policy: 'fail' as const, partSize: 5 * 1024 * 1024, now: Date.now },
    ...{ logger: { info() {}, warn() {}, error() {} }, telemetry: noTelemetry },
  }
  const time = { deadline: Date.now() + 60_000, end: Date.now() + 60_000 }
  await compactUnit({ topic, partition: 0 }, compaction, time)
}

const valuesOf = (records: KafkaRecord[]) => records.map(({ value }) => `${value}`).toSorted()
const share = (whole: number, nth: number) => Math.floor((whole + nth) / 4)

test('records that failed come into the bucket of a dump once, however often their redrive is killed', async () => {
  const failed = await failedTopic(share(RECORDS, 0))
  const request = dumpRequest(failed)
  await redriveDespite(share(KILLS, 0), request, failed.records.length)
  expect(valuesOf(await inBucket(request))).toEqual(valuesOf(failed.records))
  // What is redriven is no longer listed.
  const again = await redriveWhole({ ...request, options: { ...request.options, json: true } })
  expect(again.error).toBeUndefined()
  expect(JSON.parse(again.text).places).toEqual([])
}, 1_800_000)

test('with rotation, compaction takes what is staged again once', async () => {
  const failed = await failedTopic(share(RECORDS, 1))
  const request = dumpRequest(failed, { rotate: { flushSize: 1_000 } })
  await redriveDespite(share(KILLS, 1), request, failed.records.length)
  await compact(request, failed.topic)
  expect(valuesOf(await inBucket(request))).toEqual(valuesOf(failed.records))
}, 1_800_000)

test.each([
  ['exactly', true, 2],
  ['at least', false, 3],
])(
  'a connector that replicates %s once produces each record once',
  async (_, exactlyOnce, nth) => {
    const failed = await failedTopic(share(RECORDS, nth))
    await redriveDespite(share(KILLS, nth), replicateRequest(failed, exactlyOnce), failed.records.length)
    const copies = await readAll(target, failed.topic)
    expect(valuesOf(copies)).toEqual(valuesOf(failed.records))
    const origins = copies.map(
      ({ headers }) => headers.find(({ key }) => key === REDRIVEN_FROM)?.value?.toString() ?? '',
    )
    expect(new Set(origins.map(origin => origin.split(':')[0]))).toEqual(
      new Set([`${failed.deadLetterTopic}-0`, 'log']),
    )
  },
  1_800_000,
)
