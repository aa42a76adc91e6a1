import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, ConfigResourceTypes } from 'kafkajs'
import { createDumpedRecords } from '../../lib/dumped/create-dumped-records.ts'
import { layouts } from '../../lib/dumped/layouts/index.ts'
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
import { digestsOfJava, nextOfJava, recordsOfJava } from '../support/producer-oracle.ts'
import { startRestore } from '../support/restore-process.ts'
import {
  adminOf,
  compactSoon,
  createProvenTopics,
  dumpEnvironment,
  dumpThroughTrigger,
  EVENT_PARTITIONS,
  type ProvenTopics,
  produceEvents,
  produceStates,
  recordCluster,
} from '../support/restore-proof.ts'
import { stack, uniqueName } from '../support/stack.ts'

/** RESTORE_RECORDS=1000000 takes some minutes. */
const RECORDS = Number(process.env.RESTORE_RECORDS ?? 20_000)
const KILLS = Number(process.env.RESTORE_KILLS ?? (RECORDS > 100_000 ? 20 : 3))
/** Repeats the records and the moments of a run: RESTORE_SEED=… */
const SEED = Number(process.env.RESTORE_SEED ?? randomInt(2 ** 31))
const PATIENCE_MS = Math.max(400_000, RECORDS * 6)
const formats = ['jsonl', 'json', 'avro', 'parquet']

const source = stack.connections.plaintext
const target = stack.target.plaintext
const store = { ...stack.store, bucket: uniqueName('proof'), forcePathStyle: true }
const groups = ['behind', 'in-a-gap', 'at-the-end'].map(uniqueName)
const admins: Record<'source' | 'target', Admin> = { source: adminOf(source), target: adminOf(target) }
let topics: ProvenTopics
let folder: string
/** Of the restore that nobody kills. */
let restored: RestoreReport

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
  await dumpThroughTrigger(source, Object.values(topics), environments)
  await recordCluster(source, store, formats, groups)
  say(`dumped in ${formats.join(', ')} and compacted after ${seconds(started)} s`)
}, PATIENCE_MS)

afterAll(async () => {
  await Promise.all(Object.values(admins).map(admin => admin.disconnect()))
  await rm(folder, { recursive: true, force: true })
})

/** One group in the middle, one within what was aborted or compacted, and one behind the last record. */
async function setGroups(): Promise<void> {
  for (const topic of Object.values(topics)) {
    const ends = await admins.source.fetchTopicOffsets(topic)
    const records = (await recordsOfJava(source.brokers, topic)).map(({ partition, offset }) => ({ partition, offset }))
    const offsetsOf = (wanted: number) =>
      records.filter(({ partition }) => partition === wanted).map(({ offset }) => offset)
    const positions = ends.map(({ partition, high }) => {
      const offsets = offsetsOf(partition)
      const gap = offsets.find((offset, index) => (offsets[index + 1] ?? 0) > offset + 2) ?? 0
      return { partition, places: [offsets[Math.floor(offsets.length / 3)] ?? 0, gap + 2, Number(high)] }
    })
    for (const [index, groupId] of groups.entries()) {
      const partitions = positions.map(({ partition, places }) => ({ partition, offset: `${places[index]}` }))
      await admins.source.setOffsets({ groupId, topic, partitions })
    }
  }
}

/** The topics of a format's dump, restored to topics that end in this. */
function restore(format: string, ending: string, more: string[] = []) {
  const renamed = Object.values(topics).flatMap(topic => ['--rename', `${topic}=${topic}-${ending}`])
  const from = ['--from', `s3://${store.bucket}/${format}`, '--to', target.brokers.join()]
  const what = ['--topics', Object.values(topics).join(), ...renamed, '--report', join(folder, ending)]
  return startRestore(storeEnvironment(store), [...from, ...what, ...more])
}

/** The source's digests and those of the restored topics, made by Java's consumer. */
async function digestsOf(ending: string) {
  const all = await Promise.all(
    Object.values(topics).map(async topic => [
      await digestsOfJava(source.brokers, topic),
      await digestsOfJava(target.brokers, `${topic}-${ending}`),
    ]),
  )
  const named = (index: number) => Object.fromEntries(Object.keys(topics).map((name, nth) => [name, all[nth]?.[index]]))
  return { expected: named(0), found: named(1) }
}

async function expectSame(ending: string, started: number): Promise<void> {
  const { expected, found } = await digestsOf(ending)
  expect(found).toEqual(expected)
  for (const [name, partitions] of Object.entries(found)) {
    for (const [partition, { records, digest }] of partitions ?? [])
      say(`${ending} ${name}-${partition}: ${records} records, ${digest}`)
  }
  say(`${ending}: the same after ${seconds(started)} s`)
}

test(
  'what was dumped by a trigger’s events and compacted is on another cluster as it was, and so are the groups',
  async () => {
    const started = performance.now()
    const report = await restore('jsonl', 'restored', ['--group-names', groups.join()]).report()
    restored = report
    await expectSame('restored', started)
    expect(report).toMatchObject({ outcome: 'restored', problems: [] })
    const expected = await digestsOfJava(source.brokers, topics.events)
    for (const { topic, partition, digestRead, digestProduced, missing } of placesOf(report)) {
      expect(digestProduced).toBe(digestRead)
      if (topic === topics.events) expect(digestRead).toBe(expected.get(partition)?.digest)
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
      for (const { partition, offset } of before?.partitions ?? []) {
        const restored = after?.partitions.find(position => position.partition === partition)?.offset ?? '-1'
        expect(Number(restored)).toBeGreaterThanOrEqual(0)
        const next = await nextOfJava(source.brokers, topic, partition, Number(offset))
        const found = await nextOfJava(target.brokers, copy, partition, Number(restored))
        expect(contentOf(found)).toEqual(contentOf(next))
        say(`${groupId} ${copy}-${partition}: ${offset} became ${restored}, the next record is the same`)
      }
    }
  }
}

/** Shares of the records that are to be written before each kill, ascending. */
function killMoments(): number[] {
  let state = SEED
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: KILLS }, () => next() * 0.8).toSorted((a, b) => a - b)
}

/** Offsets of restored topics, with those of transactions that are not ended or were aborted. */
async function writtenTo(ending: string): Promise<number> {
  const counts = await Promise.all(
    Object.values(topics).map(async topic => {
      const ends = await admins.target.fetchTopicOffsets(`${topic}-${ending}`).catch(() => [])
      return ends.reduce((sum, { high }) => sum + Number(high), 0)
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

test(
  `a restore that is killed ${KILLS} times has each record once, in order`,
  async () => {
    const started = performance.now()
    const moments = killMoments()
    const expected = placesOf(restored).reduce((sum, { records }) => sum + records, 0)
    const killed: number[] = []
    for (const moment of moments) {
      const running = restore('jsonl', 'killed', ['--groups', 'none'])
      const before = await writtenTo('killed')
      // As random as the moment is where in a write it falls: the cluster is asked all the time.
      while (running.isRunning() && (await writtenTo('killed')) <= Math.max(moment * expected, before)) await sleep(5)
      if (!(await running.kill())) break
      killed.push(await writtenTo('killed'))
    }
    const report = await restore('jsonl', 'killed', ['--groups', 'none']).report()
    const present = placesOf(report).reduce((sum, place) => sum + place.present, 0)
    say(`killed when ${killed.join(', ')} records and markers were there; the last run found ${present} records`)
    expect(killed).toHaveLength(KILLS)
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
  const records = (await recordsOfJava(target.brokers, topic)).filter(({ partition }) => partition === 0)
  const digestOf = (some: KafkaRecord[]) => {
    const digest = createRecordDigest()
    digest.add(some)
    return digest.digest()
  }
  const { digest } = (await digestsOfJava(source.brokers, topics.states)).get(0) ?? {}
  expect(digestOf(records)).toBe(digest)
  const place = records.findIndex(({ headers }) => headers.length > 0)
  const withHeader = records[place] as KafkaRecord
  expect(digestOf(records.toSpliced(place, 1, { ...withHeader, headers: withHeader.headers.slice(1) }))).not.toBe(
    digest,
  )
  expect(digestOf(records.toSpliced(4, 2, ...records.slice(4, 6).toReversed()))).not.toBe(digest)
})
