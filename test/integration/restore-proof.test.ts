import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, ConfigResourceTypes } from 'kafkajs'
import { createDumpedRecords } from '../../lib/dumped/create-dumped-records.ts'
import { layouts } from '../../lib/dumped/layouts/index.ts'
import { type CommittedPosition, createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createRecordDigest } from '../../lib/record-digest.ts'
import type { RestoredPartition, RestoreReport } from '../../lib/restore/report.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { isIntact } from '../../lib/verify/partition-comparison.ts'
import { recordFields } from '../../lib/verify/record-fields.ts'
import { restoredPartitions, verifyCopy } from '../../lib/verify/verify-copy.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { digestsOfJava, type JavaDigest, nextOfJava } from '../support/producer-oracle.ts'
import { startRestore } from '../support/restore-process.ts'
import {
  adminOf,
  compactSoon,
  createProvenTopics,
  dumpEnvironment,
  EVENT_PARTITIONS,
  type ProvenTopics,
  produceEvents,
  produceStates,
  recordCluster,
} from '../support/restore-proof.ts'
import { recordsOn } from '../support/restoring.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { dumpThroughTrigger } from '../support/trigger.ts'

/** RESTORE_RECORDS=1000000 takes some minutes. */
const RECORDS = Number(process.env.RESTORE_RECORDS ?? 4_000)
const IS_LONG = RECORDS > 100_000
const KILLS = Number(process.env.RESTORE_KILLS ?? (IS_LONG ? Math.min(20, Math.floor(RECORDS / 20_000)) : 2))
/** Repeats the records and the moments of a run: RESTORE_SEED=… */
const SEED = Number(process.env.RESTORE_SEED ?? randomInt(2 ** 31))
const PATIENCE_MS = Math.max(400_000, RECORDS * 6)
/** Reading what was written is the same for all of them in test/unit/dumped/formats.test.ts, so the short form takes two. */
const formats = IS_LONG ? ['jsonl', 'json', 'avro', 'parquet'] : ['jsonl', 'parquet']

const source = stack.connections.plaintext
const target = stack.target.plaintext
const store = { ...stack.store, bucket: uniqueName('proof'), forcePathStyle: true }
const groups = ['behind', 'in-a-gap', 'at-the-end'].map(uniqueName)
const admins: Record<'source' | 'target', Admin> = { source: adminOf(source), target: adminOf(target) }
let topics: ProvenTopics
/** Of the source's topics, by the name of the topic and the partition; made by Java's consumer. */
let expected: Record<string, Map<number, JavaDigest>>
let folder: string

const say = (text: string) => void process.stdout.write(`Restore proof: ${text}\n`)
const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1)
const placesOf = ({ topics }: RestoreReport): RestoredPartition[] => topics.flatMap(({ places }) => places)

beforeAll(async () => {
  const started = performance.now()
  folder = await mkdtemp(join(tmpdir(), 'restore-proof-'))
  await Promise.all([openBucket(store), admins.source.connect(), admins.target.connect()])
  await compactSoon(admins.source)
  topics = await createProvenTopics(admins.source)
  const events = Math.floor(RECORDS * 0.85)
  await Promise.all([
    produceEvents(source, topics.events, events, SEED),
    produceStates(source, topics.states, RECORDS - events, SEED + 1),
  ])
  say(`${RECORDS} records produced in ${seconds(started)} s; RESTORE_SEED=${SEED} RESTORE_RECORDS=${RECORDS}`)
  await setGroups()
  const environments = formats.map(format => dumpEnvironment(store, format))
  await dumpThroughTrigger(source, topics, environments)
  await recordCluster(source, store, formats, groups)
  expected = await digestsOf(source.brokers, '')
  say(`dumped in ${formats.join(', ')} and compacted after ${seconds(started)} s`)
}, PATIENCE_MS)

afterAll(async () => {
  await Promise.all(Object.values(admins).map(admin => admin.disconnect()))
  await rm(folder, { recursive: true, force: true })
})

/** Offsets of each partition that are looked through for what was aborted or compacted. */
const OFFSETS_LOOKED_AT = 3_000

/** One group in the middle, one within what was aborted or compacted, and one behind the last record. */
async function setGroups(): Promise<void> {
  const reader = createPartitionRecords(source, 'proof')
  const offsets = createGroupOffsets(source, 'proof')
  const positions = groups.map((): CommittedPosition[] => [])
  try {
    for (const topic of Object.values(topics)) {
      for (const [partition, { start, end }] of await reader.bounds(topic)) {
        const range = { topic, partition, from: start, end: Math.min(end, start + OFFSETS_LOOKED_AT) }
        const present = (await Array.fromAsync(reader.read(range))).flat().map(({ offset }) => offset)
        const gap = present.find((offset, index) => (present[index + 1] ?? 0) > offset + 2) ?? 0
        const wanted = [start + Math.floor((end - start) / 3), gap + 2, end]
        for (const [index, offset] of wanted.entries())
          positions[index]?.push({ topic, partition, offset, metadata: '' })
      }
    }
    const committed = groups.map((group, index) => ({ group, positions: positions[index] ?? [] }))
    const results = await offsets.commit(committed, Date.now() + 60_000)
    expect([...results.values()]).toEqual(groups.map(() => 'set'))
  } finally {
    await Promise.all([reader.close(), offsets.close()])
  }
}

/** The topics of a format's dump, restored to topics that end in this. */
function restore(format: string, ending: string, more: string[] = [], endAt?: Parameters<typeof startRestore>[2]) {
  const renamed = Object.values(topics).flatMap(topic => ['--rename', `${topic}=${topic}-${ending}`])
  const from = ['--from', `s3://${store.bucket}/${format}`, '--to', target.brokers.join()]
  const what = ['--topics', Object.values(topics).join(), ...renamed, '--report', join(folder, ending)]
  return startRestore(storeEnvironment(store), [...from, ...what, ...more], endAt)
}

/** Digests that Java's consumer makes of the topics with this ending. */
async function digestsOf(brokers: string[], ending: string): Promise<Record<string, Map<number, JavaDigest>>> {
  const digests = Object.entries(topics).map(async ([name, topic]) => [
    name,
    await digestsOfJava(brokers, topic + ending),
  ])
  return Object.fromEntries(await Promise.all(digests))
}

async function expectSame(ending: string, started: number): Promise<void> {
  const found = await digestsOf(target.brokers, `-${ending}`)
  expect(found).toEqual(expected)
  for (const [name, partitions] of Object.entries(found)) {
    for (const [partition, { records, digest }] of partitions)
      say(`${ending} ${name}-${partition}: ${records} records, ${digest}`)
  }
  say(`${ending}: the same after ${seconds(started)} s`)
}

test(
  'what was dumped by a trigger’s events and compacted is on another cluster as it was, and so are the groups',
  async () => {
    const started = performance.now()
    const report = await restore('jsonl', 'restored', ['--group-names', groups.join()]).report()
    await expectSame('restored', started)
    expect(report).toMatchObject({ outcome: 'restored', problems: [] })
    for (const { topic, partition, digestRead, digestProduced, missing } of placesOf(report)) {
      expect(digestProduced).toBe(digestRead)
      expect(digestRead).toBe(expected[topic === topics.events ? 'events' : 'states']?.get(partition)?.digest)
      // Aborted transactions, markers, and what the topic's compaction has removed.
      expect(missing.length).toBeGreaterThan(0)
    }
    const name = `${topics.states}-restored`
    const configs = { resources: [{ type: ConfigResourceTypes.TOPIC, name }], includeSynonyms: false }
    const { resources } = await admins.target.describeConfigs(configs)
    const settings = resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue])
    const expectedSettings = { 'cleanup.policy': 'compact', 'segment.ms': '200', 'delete.retention.ms': '604800000' }
    expect(Object.fromEntries(settings ?? [])).toMatchObject(expectedSettings)
    expect(report.topics.map(({ partitions }) => partitions).sort()).toEqual([2, EVENT_PARTITIONS])
    await expectGroups('restored', report)
  },
  PATIENCE_MS,
)

/** Each group reads the same record next, as committed on the clusters and not as reported. */
async function expectGroups(ending: string, report: RestoreReport): Promise<void> {
  expect(report.groups.map(({ group, outcome }) => [group, outcome]).sort()).toEqual(
    groups.map(group => [group, 'set']).sort(),
  )
  const contentOf = (record: KafkaRecord | undefined) => record && { ...record, topic: '', offset: 0 }
  for (const groupId of groups) {
    for (const topic of Object.values(topics)) {
      const copy = `${topic}-${ending}`
      const [before] = await admins.source.fetchOffsets({ groupId, topics: [topic] })
      const [after] = await admins.target.fetchOffsets({ groupId, topics: [copy] })
      const places = (before?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      const restored = places.map(({ partition }) => {
        const position = after?.partitions.find(position => position.partition === partition)
        return { partition, offset: Number(position?.offset ?? -1) }
      })
      for (const { offset } of restored) expect(offset).toBeGreaterThanOrEqual(0)
      const next = await nextOfJava(source.brokers, topic, places)
      const found = await nextOfJava(target.brokers, copy, restored)
      expect(found.map(contentOf)).toEqual(next.map(contentOf))
      for (const [index, { partition, offset }] of places.entries())
        say(`${groupId} ${copy}-${partition}: ${offset} became ${restored[index]?.offset}, the next record is the same`)
    }
  }
}

/** Where each run is killed. The transactions of all of them are fewer than the restore has: one per topic-partition at least. */
function killMoments(): { transactions: number; requests: number }[] {
  let state = SEED
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const most = Math.max(1, Math.floor(RECORDS / 250_000))
  return Array.from({ length: KILLS }, () => ({ transactions: 1 + next(most), requests: 1 + next(2) }))
}

test(
  `a restore that is killed ${KILLS} times has each record once, in order`,
  async () => {
    const started = performance.now()
    for (const moment of killMoments())
      expect(await restore('jsonl', 'killed', ['--groups', 'none'], moment).killed()).toBe(true)
    const report = await restore('jsonl', 'killed', ['--groups', 'none']).report()
    const present = placesOf(report).reduce((sum, place) => sum + place.present, 0)
    say(`the run after ${KILLS} killed ones found ${present} records`)
    expect(present).toBeGreaterThan(0)
    await expectSame('killed', started)
  },
  PATIENCE_MS,
)

test.each(formats.filter(format => format !== 'jsonl'))(
  'the same comes back from %s',
  async format => {
    const started = performance.now()
    const report = await restore(format, format, ['--groups', 'none']).report()
    expect(report).toMatchObject({ outcome: 'restored', losses: [], problems: [] })
    await expectSame(format, started)
  },
  PATIENCE_MS,
)

test('the dump and what was restored are compared without Java, too', async () => {
  const prefix = 'jsonl'
  const layout = layouts['kafka-functions'].create({ prefix })
  const dumped = createDumpedRecords([{ store: createCommitStore(store, prefix), prefix, layout }])
  const records = createPartitionRecords(target, 'proof')
  const compared = { fields: recordFields, addedHeaders: true }
  try {
    const copies = restoredPartitions(dumped, { topics: Object.values(topics) }, topic => `${topic}-restored`)
    const found = await Array.fromAsync(verifyCopy({ copies, target: records, compared }))
    expect(found.filter(comparison => !isIntact(comparison))).toEqual([])
    expect(found).toHaveLength(5)
  } finally {
    await Promise.all([dumped.close(), records.close()])
  }
})

test('a header that is dropped and records that are swapped are found', async () => {
  const topic = `${topics.states}-restored`
  const records = (await recordsOn(target, topic)).get(0) ?? []
  const digestOf = (some: KafkaRecord[]) => {
    const digest = createRecordDigest()
    digest.add(some)
    return digest.digest()
  }
  const { digest } = expected.states?.get(0) ?? {}
  expect(digestOf(records)).toBe(digest)
  const place = records.findIndex(({ headers }) => headers.length > 0)
  const withHeader = records[place] as KafkaRecord
  expect(digestOf(records.toSpliced(place, 1, { ...withHeader, headers: withHeader.headers.slice(1) }))).not.toBe(
    digest,
  )
  expect(digestOf(records.toSpliced(4, 2, ...records.slice(4, 6).toReversed()))).not.toBe(digest)
})
