import { readRestoreSettings } from '../../lib/config/restore.ts'
import { parseRestoreEvent } from '../../lib/config/restore-event.ts'
import { ProgressLine } from '../../lib/connectors/commands/progress-line.ts'
import { restoreRemotely } from '../../lib/connectors/commands/restore-remote.ts'
import { CodedError } from '../../lib/error.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import { answerRestore, type Invocation, type RestoreAnswer } from '../../lib/restore/answer.ts'
import { type CheckLink, linkEvent, type RestoreLink } from '../../lib/restore/links.ts'
import { openTargetClients } from '../../lib/restore/target-clients.ts'
import { openBucket } from '../../local/bucket.ts'
import { createTopics } from '../../local/topics.ts'
import { testDump } from '../support/dumped.ts'
import { recordsFrom } from '../support/printed.ts'
import { kept, restoredRecords } from '../support/restored-topic.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucket = uniqueName('restoring')
const { plaintext: cluster } = stack.target
const logger = { info() {}, warn() {}, error() {} }
const cleanup = new AsyncDisposableStack()

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
})
afterAll(() => cleanup.disposeAsync())

/** The function for a dump, as invocations see it. */
function functionOf(dumped: ReturnType<typeof testDump>, topic: string) {
  const environment = {
    ...dumped.environment,
    TARGET_KAFKA_BROKERS: cluster.brokers.join(','),
    TOPIC_MAPPING: JSON.stringify({ orders: topic }),
  }
  const settings = readRestoreSettings(environment)
  const clients = openTargetClients(settings.target, { ...settings.records, clientId: 'restore' })
  cleanup.defer(() => clients.close())
  const parse = (event: unknown) => parseRestoreEvent(event, environment)
  const invoke = (event: unknown, ms: number, run = 'run-1', passOn?: Invocation['passOn']) => {
    const [deadline, end] = [Date.now() + ms, Date.now() + ms + 30_000]
    return answerRestore(event, {
      settings,
      clients,
      logger,
      telemetry: noTelemetry,
      parse,
      deadline,
      end,
      name: run,
      ...(passOn && { passOn }),
    })
  }
  const read = async (answer: RestoreAnswer, name: string) =>
    (await dumped.store.get(`${settings.dump.prefix}/_restores/${answer.id}/${answer.run}/${name}`)).toString()
  return { invoke, read, settings, parse }
}

test('what an invocation has no time for is done by others, each record once, and the last one reports', async () => {
  const topic = uniqueName('by-links')
  const dumped = testDump('links', bucket, { format: 'jsonl' })
  const batches = [0, 1, 2, 3, 4, 5].flatMap(partition => [0, 200].map(first => recordsFrom(first, 200, partition)))
  for (const batch of batches) await dumped.write(batch)
  const { invoke, read } = functionOf(dumped, topic)
  const LONG = 60_000
  // Too short for anything: everything is passed on.
  const { rest } = await invoke({ run: 'mine' }, 0)
  expect(rest).toMatchObject([
    { run: 'mine', link: 2, idle: 1, places: [0, 1, 2, 3, 4, 5].map(index => [index, 0, 0]) },
  ])
  const [link] = rest as [RestoreLink]
  const some = (...places: number[]) => linkEvent({ ...link, idle: 0, places: places.map(index => [index, 0, 0]) })
  const first = await Promise.all([invoke(some(0, 1), LONG), invoke(some(2), LONG)])
  expect(first).toMatchObject([{ rest: [] }, { rest: [] }])
  // Lambda repeats an invocation that has done its part already.
  expect(await invoke(some(2, 3), LONG)).toMatchObject({ rest: [] })
  const others = await invoke(some(4, 5), 0)
  expect(others.rest).toHaveLength(1)
  const answer = await invoke(linkEvent(others.rest[0] as RestoreLink), LONG)
  expect(answer).toMatchObject({ outcome: 'restored', produced: 2_400 })
  expect((await restoredRecords(cluster, topic)).map(kept)).toEqual(batches.flat().map(kept))
  const report = JSON.parse(await read(answer, 'report.json'))
  expect(report.topics[0].places.map(({ produced }: { produced: number }) => produced)).toEqual(Array(6).fill(400))
  expect(await read(answer, 'report.html')).toContain('by-links')
})

test('an invocation that Lambda repeats purges nothing again, and ends what it had begun', async () => {
  const topic = uniqueName('purged')
  const dumped = testDump('purge', bucket, { format: 'jsonl' })
  await dumped.write(recordsFrom(0, 10))
  await createTopics(cluster, { [topic]: 1 })
  const { invoke } = functionOf(dumped, topic)
  expect(await invoke({ id: 'other' }, 30_000)).toMatchObject({ outcome: 'restored', produced: 10 })
  const event = { id: 'purging', purge: [topic] }
  expect(await invoke(event, 0)).toMatchObject({ rest: [expect.anything()] })
  expect(await invoke(event, 30_000)).toMatchObject({ outcome: 'restored', produced: 10 })
  expect(await invoke(event, 30_000)).toMatchObject({ outcome: 'restored', produced: 10 })
  expect(await restoredRecords(cluster, topic)).toHaveLength(10)
})

test('a refusal is kept beside the dump for whoever waits, and links that get nowhere end', async () => {
  const topic = uniqueName('refused')
  const dumped = testDump('refused', bucket, { format: 'jsonl' })
  await dumped.write(recordsFrom(0, 10))
  const { invoke, read } = functionOf(dumped, topic)
  const idle = await invoke({ run: 'idle' }, 0)
  const ended = await invoke(linkEvent(idle.rest[0] as RestoreLink), 0)
  const last = ended.rest[0] ? await invoke(linkEvent(ended.rest[0]), 30_000) : ended
  expect(last).toMatchObject({ outcome: 'failed' })
  expect(JSON.parse(await read(last, 'report.json')).problems).toMatchObject([{ code: 'OUT_OF_TIME' }])
  expect(await invoke({ id: 'one' }, 30_000, 'run-2')).toMatchObject({ outcome: 'restored' })
  await expect(invoke({ id: 'two' }, 30_000, 'run-3')).rejects.toMatchObject({ code: 'RESTORE_TARGET_NOT_EMPTY' })
  const failure = await read({ id: 'two', run: 'run-3', rest: [] }, 'failure.json')
  expect(JSON.parse(failure)).toMatchObject({ code: 'RESTORE_TARGET_NOT_EMPTY' })
})

test('what keeps failing is told at the last attempt, and a strict restore is checked before it has a plan', async () => {
  const topic = uniqueName('failing')
  const dumped = testDump('failing', bucket, { format: 'jsonl' })
  await dumped.write(recordsFrom(0, 10))
  const { invoke, read } = functionOf(dumped, topic)
  const passOn = async () => {
    throw new CodedError('STORE_UNAVAILABLE', 'Nobody may be invoked.', { retryable: true })
  }
  const attempt = () => invoke({ id: 'away', strict: true }, 0, 'run-4', passOn)
  const of = { id: 'away', run: 'run-4', rest: [] }
  for (const _ of [1, 2]) await expect(attempt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await expect(read(of, 'failure.json')).rejects.toMatchObject({ code: 'STORE_OBJECT_MISSING' })
  await expect(attempt()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(JSON.parse(await read(of, 'failure.json'))).toMatchObject({ message: 'Nobody may be invoked.' })

  const { rest } = await invoke({ id: 'strict', strict: true }, 0)
  expect(rest).toMatchObject([{ link: 1, from: { topic: 'orders', partition: 0, offset: 0 } }])
  await expect(read({ id: 'strict', run: 'run-1', rest }, 'plan.json')).rejects.toMatchObject({ retryable: false })
  const answer = await invoke(linkEvent(rest[0] as CheckLink), 60_000)
  expect(answer).toMatchObject({ outcome: 'restored', produced: 10 })
})

/** What the command shows that has the function restore, whose invocations are made here. */
async function remotely(event: Record<string, unknown>, topic: string) {
  const dumped = testDump('remote', bucket, { format: 'jsonl' }, { restore: { bootstrapServers: cluster.brokers } })
  await dumped.write(recordsFrom(0, 10))
  const { invoke, settings, parse } = functionOf(dumped, topic)
  let invocations: Promise<void> | undefined
  const all = async (begun: unknown) => {
    const due = [begun]
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      // The first one has time for nothing, so another one restores.
      const { rest } = await invoke(next, next === begun ? 0 : 60_000)
      due.push(...rest.map(linkEvent))
    }
  }
  const begin = async (_: unknown, __: string, begun: unknown) => {
    // Its error is one of the function, which the command finds in the bucket.
    invocations = all(begun).catch(() => {})
  }
  const told: string[] = []
  const run = { settings, request: parse(event), signal: new AbortController().signal }
  const tell = (text: string) => void told.push(text)
  const followed = restoreRemotely(dumped.connector, { begin } as never, event, {
    ...{ ...run, tell },
    progress: new ProgressLine(),
  })
  try {
    return { report: (await followed)?.report, told: told.join('\n') }
  } finally {
    await invocations
  }
}

test('the command follows a run of the function to its report, and tells why one could not begin', async () => {
  const topic = uniqueName('followed')
  const { report, told } = await remotely({ id: 'followed' }, topic)
  expect(report).toMatchObject({ id: 'followed', outcome: 'restored', topics: [{ places: [{ produced: 10 }] }] })
  expect(told).toMatch(/s3:\/\/.*\/remote\/_restores\/followed\/command-/)
  expect(await restoredRecords(cluster, topic)).toHaveLength(10)
  await expect(remotely({ id: 'other' }, topic)).rejects.toThrow(/could not begin: .*RESTORE_TARGET_NOT_EMPTY/)
})
