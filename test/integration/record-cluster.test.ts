import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { kafkajsConfig } from '../../lib/kafka/client/settings.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { newestGroups, newestTopics } from '../../lib/snapshots/snapshots.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { createAndAwait } from '../../local/topics.ts'
import { replaceTopicSettings } from '../support/applied-changes.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'

const run = promisify(execFile)
const job = join(import.meta.dirname, '../../functions/record-job.ts')
const source = stack.connections.plaintext
const kafka = new Kafka({ ...kafkajsConfig(source), logLevel: logLevel.NOTHING })
const admin = kafka.admin()
const groups = createGroupOffsets(source, 'test')

beforeAll(() => admin.connect())
afterAll(() => Promise.all([admin.disconnect(), groups.close()]))

test('topics with their settings and groups with their positions are recorded beside the dump, again when something changed', async () => {
  const settings = { ...stack.store, bucket: uniqueName('recorded'), forcePathStyle: true }
  await openBucket(settings)
  const store = createCommitStore(settings, 'lake')
  const [topic, hidden, dumped, group] = ['orders', '__hidden', '__dumped', 'billing'].map(uniqueName) as [
    ...[string, string, string, string],
  ]
  const configEntries = [{ name: 'retention.ms', value: '123456789' }]
  const create = [{ topic, numPartitions: 3, configEntries }, { topic: hidden }, { topic: dumped }]
  await createAndAwait(admin, create)
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 2, offset: '0' }] })
  const variables = {
    ...storeEnvironment(settings),
    ...clusterEnvironment('SOURCE', source),
    OBJECT_PREFIX: 'lake',
    RECORD_INTERNAL_TOPICS: dumped,
    RECORD_GROUPS: `${group}.*`,
  }
  const function_ = new FunctionProcess(functionFile('record-cluster'), variables)
  const first = await function_.invoke({ time: 'of a timer' })
  expect(first.response).toMatchObject({
    ...{ groups: 1, positions: 1 },
    topicsSnapshot: expect.stringMatching(/^lake\/_topics\/\d{8}T\d{6}Z\.json$/),
    groupsSnapshot: expect.stringMatching(/^lake\/_groups\/\d{8}T\d{6}Z\.json$/),
  })
  const { snapshot: topics } = await newestTopics(store, 'lake')
  expect(topics?.topics.get(topic)).toEqual({ partitions: 3, replicas: 1, settings: { 'retention.ms': '123456789' } })
  expect([topics?.topics.has(hidden), topics?.topics.has(dumped)]).toEqual([false, true])
  const { snapshot: recorded } = await newestGroups(store, 'lake')
  expect(recorded?.groups).toEqual(
    new Map([[group, { state: 'EMPTY', positions: [{ topic, partition: 2, offset: 0, metadata: '' }] }]]),
  )
  expect(recorded?.bounds.get(topic)).toEqual(new Map([[2, { start: 0, end: 0 }]]))
  // Nothing has changed.
  expect(await function_.invoke({ record: ['groups'] })).toEqual({ response: { groups: 1, positions: 1 } })
  const positions = [{ topic, partition: 0, offset: 0, metadata: 'mine' }]
  await groups.commit([{ group, positions }], Date.now() + 30_000)
  await replaceTopicSettings(source, topic, { 'cleanup.policy': 'compact' })
  expect((await function_.invoke({})).response).toMatchObject({ positions: 2, groupsSnapshot: expect.anything() })
  const after = (await newestTopics(store, 'lake')).snapshot
  expect(after?.topics.get(topic)?.settings).toEqual({ 'cleanup.policy': 'compact' })
  await function_.stop()
  expect(await runJob({ ...variables, RECORD_GROUPS: 'none' })).toMatchObject({ code: 0 })
  expect((await newestGroups(store, 'lake')).snapshot?.groups).toEqual(new Map())
})

test('what is missing is named, and ends the job with 1', async () => {
  const unset = new FunctionProcess(functionFile('record-cluster'), { S3_BUCKET: 'lake' })
  expect((await unset.invoke({})).error?.message).toContain('SOURCE_KAFKA_BROKERS: expected the brokers')
  const settings = { ...stack.store, bucket: uniqueName('missing'), forcePathStyle: true }
  const variables = { ...storeEnvironment(settings), ...clusterEnvironment('SOURCE', source), RECORD_GROUPS: 'none' }
  const { code, output } = await runJob({ ...variables, RECORD_TOPICS: 'false' })
  expect([code, output]).toEqual([1, expect.stringContaining('STORE_BUCKET_MISSING')])
})

/** Runs the container's job until it ends. */
async function runJob(variables: Record<string, string>): Promise<{ code: number; output: string }> {
  const env = { PATH: process.env.PATH, AWS_REGION: 'us-east-1', ...variables }
  const { code = 0, stdout, stderr } = await run(process.execPath, [job], { env }).catch(error => error)
  return { code, output: stdout + stderr }
}
