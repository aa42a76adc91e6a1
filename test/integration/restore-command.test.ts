import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { perform } from '../../lib/connectors/run-command.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import type { RestoreReport } from '../../lib/restore/report.ts'
import { openBucket } from '../../local/bucket.ts'
import { createTopics } from '../../local/topics.ts'
import { commandContext } from '../support/connectors.ts'
import { testDump } from '../support/dumped.ts'
import { recordsFrom } from '../support/printed.ts'
import { kept, restoredRecords } from '../support/restored-topic.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucket = uniqueName('restore')
const script = join(import.meta.dirname, '../../cli/kafka-functions.ts')
const { plaintext: cluster } = stack.target
let folder: string
let records: KafkaRecord[]

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket, forcePathStyle: true })
  folder = await mkdtemp(join(tmpdir(), 'restore-'))
  const dumped = testDump('shop', bucket, { format: 'jsonl', compression: 'zstd' })
  const batches = [0, 1, 2].flatMap(partition => [0, 100, 250].map(first => recordsFrom(first, 100, partition)))
  records = batches.flat()
  for (const batch of batches) await dumped.write(batch)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

function environment(): Record<string, string | undefined> {
  const { endpoint = '', credentials } = stack.store
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const login = { S3_ACCESS_KEY_ID: credentials?.accessKeyId, S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey }
  return { PATH, NODE_COMPILE_CACHE, NODE_NO_WARNINGS: '1', S3_ENDPOINT: endpoint, ...login }
}

const given = ['--from', `s3://${bucket}/shop`, '--to', cluster.brokers.join(',')]

/** What a run of the command did, as a person sees it. */
const restore = (...options: string[]) => restoreWith([script, 'restore', ...given, ...options])

async function restoreWith(words: string[]) {
  const run = promisify(execFile)(process.execPath, words, { cwd: folder, env: environment() })
  return await run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }) as { code: number; stdout: string; stderr: string },
  )
}

const hasTopic = async (topic: string) => (await createAdmin(cluster, 'restored').partitionCount(topic)) !== undefined
const here = (topic: string) => restoredRecords(cluster, topic)

describe('npm run restore', () => {
  test('tells what it would produce, restores it, and continues without producing anything twice', async () => {
    const topic = uniqueName('restored')
    const options = ['--rename', `orders=${topic}`, '--report', join(folder, topic)]
    const planned = await restore('--rename', `orders=${topic}`, '--dry-run')
    expect(planned).toMatchObject({ code: 0, stderr: expect.stringContaining('✓ orders: 900 records read') })
    expect(planned.stdout).toMatch(/orders → restored-\w+\n {2}3 partitions, would be created; 900 records/)
    expect(planned.stdout).toMatch(/orders-1:200-249 \(50 offsets\)/)
    expect(planned.stdout).toMatch(/Would produce 900 records.*\nNothing was changed\.\n$/)
    expect(await here(topic)).toEqual([])

    const done = await restore(...options)
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('report.html') })
    expect(done.stdout).toMatch(/Restored 900 records.*\nWhat was produced is what was read/)
    expect((await here(topic)).map(kept)).toEqual(records.map(kept))
    const report: RestoreReport = JSON.parse(await readFile(join(folder, topic, 'report.json'), 'utf8'))
    expect(report).toMatchObject({ outcome: 'restored', topics: [{ topic: 'orders', target: topic, partitions: 3 }] })
    expect(await readFile(join(folder, topic, 'report.html'), 'utf8')).toContain(`orders → ${topic}`)

    const again = await restore(...options, '--json')
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(again.stdout).topics[0].places[0]).toMatchObject({ produced: 0, present: 300 })
    expect(await here(topic)).toHaveLength(900)
  })

  test('is refused where other records are, says what to do, and purges by name only', async () => {
    const topic = uniqueName('full')
    await createTopics(cluster, { [topic]: 3 })
    const options = ['--rename', `orders=${topic}`, '--partitions', '0', '--report', join(folder, topic)]
    expect(await restore(...options, '--id', 'first')).toMatchObject({ code: 0 })
    const refused = await restore(...options, '--id', 'second')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(
      new RegExp(`${topic}.*\nEither restore to another name .*--append.*--purge ${topic}`),
    )
    const purging = [...options, '--id', 'second', '--purge', topic]
    expect(await restore(...purging)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('confirm it with --yes'),
    })
    expect(await restore(...purging, '--yes')).toMatchObject({ code: 0 })
    expect(await here(topic)).toHaveLength(300)
    expect(await restore(...options, '--id', 'third', '--append')).toMatchObject({ code: 0 })
    expect(await here(topic)).toHaveLength(600)
  })

  test('serverless connectors restore does the same for a declared dump', async () => {
    const topic = uniqueName('declared')
    const { connector, environment } = testDump('shop', bucket, { format: 'jsonl', compression: 'zstd' })
    const texts: string[] = []
    const context = commandContext([connector], environment, text => void texts.push(text))
    const options = { name: 'shop', to: cluster.brokers[0], rename: [`orders=${topic}`], report: join(folder, topic) }
    await perform('restore', context, options)
    expect(texts.join('')).toMatch(/Restored 900 records/)
    expect(await here(topic)).toHaveLength(900)
    await expect(perform('restore', context, { ...options, id: 'other' })).rejects.toThrow(/--purge declared/)
    await expect(perform('restore', context, { ...options, partitions: 'x' })).rejects.toThrow(/--partitions: expected/)
    await expect(perform('restore', context, { ...options, remote: true })).rejects.toThrow(/no function that restores/)
  })

  test('what is wrong with a command is said of its options, all at once', async () => {
    const { code, stderr } = await restore('--partitions', 'x', '--since', '2026-02-30')
    expect(code).toBe(2)
    expect(stderr).toMatch(/--partitions: expected whole numbers[\s\S]*--since: expected a time/)
    expect(await restore('--topics', '')).toMatchObject({ code: 2, stderr: expect.stringContaining('--topics: ') })
    expect(await restore('--topic', 'orders')).toMatchObject({ code: 2, stderr: expect.stringContaining('--help') })
  })

  test('a place or a topic that isn’t there is refused, with what is there instead', async () => {
    const elsewhere = await restoreWith([script, 'restore', '--from', `s3://${bucket}`, ...given.slice(2)])
    expect(elsewhere).toMatchObject({ code: 2, stdout: '' })
    expect(elsewhere.stderr).toContain(`s3://${bucket}/shop has orders`)
    const mistyped = await restore('--topics', 'order', '--dry-run')
    expect(mistyped).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean orders?') })
  })

  test('ends with Ctrl-C after what is being written, and continues with the command that it prints', async () => {
    const topic = uniqueName('interrupted')
    const large = testDump('large', bucket, { format: 'jsonl', compression: 'zstd' })
    const batches = [0, 1, 2].flatMap(partition => [0, 2_000].map(first => recordsFrom(first, 2_000, partition)))
    for (const batch of batches) await large.write(batch)
    const options = ['--rename', `orders=${topic}`, '--report', join(folder, topic), '--from', `s3://${bucket}/large`]
    const run = [script, 'restore', ...given.slice(2), ...options]
    const child = spawn(process.execPath, run, { cwd: folder, env: environment() })
    const told = text(child.stderr)
    const ended = once(child, 'exit')
    while (child.exitCode === null && !(await hasTopic(topic)));
    child.kill('SIGINT')
    const [code] = await ended
    // It may have been quicker than the signal.
    if (code !== 0)
      expect(await told).toMatch(
        /Stopping after[\s\S]*To continue where this ended: npm run restore -- .*--to .* --rename orders=/,
      )
    expect([0, 2]).toContain(code)
    expect(await restoreWith(run)).toMatchObject({ code: 0 })
    expect((await here(topic)).map(kept)).toEqual(batches.flat().map(kept))
  })
})
