import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { type KafkaSettings, kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { createPartitionRecords, type PartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { OutgoingRecord, RecordHeader } from '../../lib/record.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import type { StoreSettings } from '../../lib/s3/settings.ts'
import { recordGroups } from '../../lib/snapshots/record-groups.ts'
import { recordTopics } from '../../lib/snapshots/record-topics.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { createAndAwait } from '../../local/topics.ts'
import { until } from './offline-polling.ts'
import { uniqueName } from './stack.ts'

/** A topic of awkward records with gaps, and a compacted one with other settings. */
export interface ProvenTopics {
  events: string
  states: string
}

export const EVENT_PARTITIONS = 3
export const STATE_PARTITIONS = 2

/** Years in milliseconds: neighbours are further apart than 2^31 ms, which is 24.8 days. */
const SPREAD_MS = 8e11
const FIRST_MS = 9e11

/** Records of one call: they stay below the broker's limit for a batch. */
const RECORDS_AT_ONCE = 2_000

/** Bytes that formats and transports tend to change. */
const oddBytes = [
  ...[null, Buffer.alloc(0), Buffer.from('80', 'hex'), Buffer.from('61c3', 'hex'), Buffer.from('c080', 'hex')],
  ...[Buffer.from('eda080', 'hex'), Buffer.from('efbbbf61', 'hex'), Buffer.from('/w=='), Buffer.from('Zoë 山田 😀')],
  ...[Buffer.from('a\r\n"b\\c"\0\u2028},{"key":"'), Buffer.from('{"key":null,"value":0}'), Buffer.from('null')],
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
]

/** Names with hyphens, without characters, beyond ASCII, and that objects of JavaScript have. */
const oddNames = ['h', 'x-trace-id', '', 'ключ', 'a.b_c-D', '\u0000', '__proto__', 'constructor']

/** A linear congruential generator: the same seed, the same records. Source: Numerical Recipes, "quick and dirty". */
function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Names may repeat. */
function headersOf(random: (below: number) => number): RecordHeader[] {
  return Array.from({ length: [0, 0, 1, 3][random(4)] ?? 0 }, () => ({
    key: oddNames[random(oddNames.length)] as string,
    value: oddBytes[random(oddBytes.length)] as Buffer | null,
  }))
}

/** kafkajs moves headers of the same name together, so each name is there once. */
function distinctHeadersOf(random: (below: number) => number): RecordHeader[] {
  return [...new Map(headersOf(random).map(header => [header.key, header])).values()]
}

/** The number makes each record another one, so that no two can be taken for each other. */
function eventOf(number: number, random: (below: number) => number): OutgoingRecord {
  const isOdd = random(3) === 0
  return {
    partition: random(EVENT_PARTITIONS),
    key: isOdd ? (oddBytes[random(oddBytes.length)] as Buffer | null) : Buffer.from(`key-${random(500)}`),
    value: isOdd
      ? (oddBytes[random(oddBytes.length)] as Buffer | null)
      : Buffer.from(`{"number":${number},"text":"${'x'.repeat(random(400))}"}`),
    headers: [...headersOf(random), { key: 'number', value: Buffer.from(`${number}`) }],
    timestamp: random(20) === 0 ? -1 : FIRST_MS + random(SPREAD_MS),
  }
}

/** Creates both topics, with settings that aren't alike. */
export async function createProvenTopics(admin: Admin): Promise<ProvenTopics> {
  const [events, states] = [uniqueName('events'), uniqueName('states')]
  const settings = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }))
  await createAndAwait(admin, [
    {
      topic: events,
      numPartitions: EVENT_PARTITIONS,
      configEntries: settings({ 'retention.ms': '-1', 'max.message.bytes': '3000000', 'segment.bytes': '5000000' }),
    },
    {
      topic: states,
      numPartitions: STATE_PARTITIONS,
      configEntries: settings({
        ...{ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'segment.ms': '200' },
        ...{ 'delete.retention.ms': '604800000', 'min.compaction.lag.ms': '0' },
      }),
    },
  ])
  return { events, states }
}

/** Fills the topic of events: awkward records, a third of the transactions aborted. */
export async function produceEvents(connection: KafkaSettings, topic: string, records: number, seed: number) {
  const random = randomOf(seed)
  const producer = createProducer(connection, { clientId: 'proof', compression: 'lz4' })
  const transactions = createTransactions(connection, { clientId: 'proof', compression: 'none' })
  const id = uniqueName('proof')
  try {
    for (let first = 0; first < records; first += RECORDS_AT_ONCE) {
      const count = Math.min(RECORDS_AT_ONCE, records - first)
      const some = Array.from({ length: count }, (_, index) => eventOf(first + index, random))
      await producer.send(topic, some.slice(10), Date.now() + 60_000)
      const send = (abort: boolean) =>
        transactions.transaction(id, Date.now() + 60_000, async ({ send }) => {
          await send(
            topic,
            abort ? some.slice(0, 30).map(record => ({ ...record, key: Buffer.from('aborted') })) : some.slice(0, 10),
          )
          if (abort) throw new Error('aborted')
        })
      await send(true).catch(({ message }: Error) => {
        if (message !== 'aborted') throw new Error(message)
      })
      await send(false)
    }
    await producer.send(topic, lastOf(EVENT_PARTITIONS), Date.now() + 60_000)
  } finally {
    await Promise.all([producer.close(), transactions.close()])
  }
}

/** Fills the compacted topic, and waits until the cluster has removed all but the newest record of each key. */
export async function produceStates(connection: KafkaSettings, topic: string, records: number, seed: number) {
  const random = randomOf(seed)
  const keys = Math.ceil(records / 4)
  const latest = new Set<string>()
  const producer = createProducer(connection, { clientId: 'proof', compression: 'zstd' })
  const reader = createPartitionRecords(connection, 'proof')
  const stateOf = (number: number): OutgoingRecord => {
    const key = random(keys)
    latest.add(`${key}`)
    return {
      ...{ partition: key % STATE_PARTITIONS, key: Buffer.from(`${key}`), headers: distinctHeadersOf(random) },
      value: random(9) === 0 ? null : Buffer.from(`state ${number}`),
      timestamp: Date.now() - random(1_000_000),
    }
  }
  try {
    for (let first = 0; first < records; first += RECORDS_AT_ONCE) {
      const count = Math.min(RECORDS_AT_ONCE, records - first)
      await producer.send(
        topic,
        Array.from({ length: count }, (_, index) => stateOf(first + index)),
        Date.now() + 60_000,
      )
    }
    // A segment is compacted once another one follows it.
    let others = 0
    const isCompacted = async () => {
      await producer.send(topic, lastOf(STATE_PARTITIONS), Date.now() + 60_000)
      others += STATE_PARTITIONS
      return (await countOf(reader, topic)) <= latest.size + others
    }
    await until(isCompacted, `${topic} is compacted`, 600_000)
  } finally {
    await Promise.all([producer.close(), reader.close()])
  }
}

async function countOf(reader: PartitionRecords, topic: string): Promise<number> {
  let count = 0
  for (const [partition, { start, end }] of await reader.bounds(topic))
    for await (const records of reader.read({ topic, partition, from: start, end })) count += records.length
  return count
}

/** A record for each partition whose key no other one has, so that compaction leaves it. */
const lastOf = (partitions: number): OutgoingRecord[] =>
  Array.from({ length: partitions }, (_, partition) => ({
    ...{
      partition,
      key: Buffer.from(uniqueName('last')),
      value: Buffer.from('last'),
      headers: [],
      timestamp: Date.now(),
    },
  }))

/** Makes the cluster look for segments to compact at once, in place of every 15 seconds. */
export async function compactSoon(admin: Admin): Promise<void> {
  const configEntries = [{ name: 'log.cleaner.backoff.ms', value: '200' }]
  const resources = [{ type: ConfigResourceTypes.BROKER, name: '1', configEntries }]
  await admin.alterConfigs({ validateOnly: false, resources })
}

export function adminOf(connection: KafkaSettings): Admin {
  return new Kafka({ ...kafkajsConfig(connection), clientId: 'proof', logLevel: logLevel.NOTHING }).admin()
}

/** The variables of a dump of this format with rotation, below a folder of the format's name. */
export function dumpEnvironment(store: StoreSettings, format: string): Record<string, string> {
  return {
    ...storeEnvironment(store),
    ...{ OBJECT_PREFIX: format, FORMAT: format, ROTATE_FLUSH_SIZE: '500', FAILURE_POLICY: 'fail' },
    ...(format === 'jsonl' ? { COMPRESSION: 'zstd' } : {}),
  }
}

/** Records topics and groups beside each dump, as the function on a schedule does. */
export async function recordCluster(
  connection: KafkaSettings,
  store: StoreSettings,
  prefixes: string[],
  groups: string[],
) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const offsets = createGroupOffsets(connection, 'proof')
  const cluster = createAdmin(connection, 'proof')
  try {
    for (const prefix of prefixes) {
      const recording = { store: createCommitStore(store, prefix), prefix, logger: logger as never, now: Date.now }
      await recordTopics({ ...recording, cluster, internal: new Set() })
      await recordGroups({ ...recording, cluster: offsets, patterns: groups.map(group => new RegExp(`^${group}$`)) })
    }
  } finally {
    await offsets.close()
  }
}
