import pMap from 'p-map'
import type { QuestionName, Questions } from '../../lib/console/api/index.ts'
import { KeptOpen } from '../../lib/console/kept-open.ts'
import type { AskedQuestion } from '../../lib/console/question.ts'
import { questions } from '../../lib/console/questions.ts'
import { Runs } from '../../lib/console/runs.ts'
import { formatNames } from '../../lib/formats/index.ts'
import { openBucket } from '../../local/bucket.ts'
import { commandContext } from '../support/connectors.ts'
import { type TestDump, testDump } from '../support/dumped.ts'
import { parsed, printed, recordsFrom } from '../support/printed.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucketName = uniqueName('console-objects')
const open = new KeptOpen()

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true })
})

afterAll(() => open.close())

/** Asks as a page does: what it sends is checked first, and what it gets is JSON. */
async function ask<Name extends QuestionName>(
  question: Name,
  { connector, environment }: TestDump,
  args: Omit<Questions[Name]['args'], 'name'>,
): Promise<Questions[Name]['answer']> {
  const service = commandContext([connector], environment, () => {})
  const context = { service, runs: new Runs(service), open }
  const { args: schema, answer } = questions[question] as unknown as AskedQuestion<Name>
  const given = schema.parse({ ...args, name: connector.name })
  return JSON.parse(JSON.stringify(await answer(context, given, new AbortController().signal)))
}

const textOf = ({ base64 }: { base64: string }) => Buffer.from(base64, 'base64').toString()

/** Puts an object somewhere, whatever it is. */
async function plant({ store }: TestDump, key: string, body: string, metadata = {}) {
  await store.put({ key, body: Buffer.from(body), contentType: 'text/plain', metadata })
}

describe('coverage', () => {
  test('says the same as the command objects: gaps, overlaps, sums, and what is in quarantine', async () => {
    const dumped = testDump('coverage', bucketName, { format: 'jsonl' })
    for (const [first, count] of [
      [0, 10],
      [10, 10],
      [25, 10],
      [30, 10],
    ] as const)
      await dumped.write(recordsFrom(first, count))
    await dumped.write(recordsFrom(0, 5, 1))
    const staged = await dumped.stage(recordsFrom(40, 5))
    const quarantined = staged.replace('_staging', '_quarantine')
    await plant(dumped, quarantined, '?', { reason: 'it is damaged' })
    const answer = await ask('coverage', dumped, {})
    const lines = parsed(await printed('objects', dumped, { name: 'coverage', json: true }))
    const { type: _, ...total } = lines.at(-1)
    expect(answer.total).toEqual(total)
    expect(answer.partitions).toMatchObject([
      { topic: 'orders', partition: 0, objects: 4, staged: 1, missing: 5, repeated: 5 },
      { topic: 'orders', partition: 1, objects: 1, staged: 0, missing: 0, repeated: 0 },
    ])
    const troubles = (answer.partitions[0]?.runs ?? [])
      .filter(({ kind }) => kind === 'gap' || kind === 'overlap')
      .map(({ kind, firstOffset, lastOffset }) => `${kind} ${firstOffset}–${lastOffset}`)
    const told = lines
      .filter(({ type }) => type === 'gap' || type === 'overlap')
      .map(({ type, firstOffset, lastOffset }) => `${type} ${firstOffset}–${lastOffset}`)
    expect(troubles.toSorted()).toEqual(told.toSorted())
    expect(answer).toMatchObject({ known: { partitions: 2, troubled: 1 }, topics: ['orders'], isCut: false })
    expect(answer.quarantined).toMatchObject([{ key: quarantined, bytes: 1 }])
    expect((await ask('coverage', dumped, { troubled: true })).partitions.map(({ partition }) => partition)).toEqual([
      0,
    ])
    expect((await ask('coverage', dumped, { topic: 'payments' })).partitions).toEqual([])
  })

  test('a stretch of offsets has its objects one by one, those of the highest offsets first', async () => {
    const dumped = testDump('stretch', bucketName, { format: 'jsonl' })
    for (const first of [0, 10, 30]) await dumped.write(recordsFrom(first, 10))
    const place = { topic: 'orders', partition: 0, after: 0 } as const
    const all = await ask('stretch', dumped, place)
    expect(all.entries.map(({ kind, firstOffset }) => [kind, firstOffset])).toEqual([
      ['object', 30],
      ['gap', 20],
      ['object', 10],
      ['object', 0],
    ])
    const some = await ask('stretch', dumped, { ...place, first: 12, last: 21 })
    expect(some).toMatchObject({
      count: 2,
      entries: [{ kind: 'gap', firstOffset: 20, lastOffset: 29 }, { key: /partition=0/ }],
    })
    expect(await ask('stretch', dumped, { ...place, trouble: true })).toMatchObject({
      count: 1,
      runs: [{ kind: 'gap' }],
    })
    expect(await ask('stretch', dumped, { ...place, partition: 7 })).toEqual({ entries: [], count: 0, runs: [] })
  })
})

describe('tree', () => {
  test('shows folders and objects of one level, from the folder of the connector up to the bucket', async () => {
    const dumped = testDump('tree', bucketName, { format: 'jsonl' })
    const [key = ''] = await dumped.write(recordsFrom(0, 5))
    await plant(dumped, 'tree/<script>alert(1)</script>\u202e.txt', 'x')
    const home = await ask('tree', dumped, {})
    expect(home).toMatchObject({ bucket: bucketName, prefix: 'tree/', home: 'tree/' })
    // The store compares by bytes, as "/" in the tag makes a folder of it.
    expect(home.entries.map(entry => (entry.kind === 'folder' ? entry.prefix : entry.key))).toEqual([
      'tree/<script>alert(1)</',
      'tree/orders/',
    ])
    const hostile = await ask('tree', dumped, { prefix: 'tree/<script>alert(1)</' })
    expect(hostile.entries).toMatchObject([
      { kind: 'object', key: 'tree/<script>alert(1)</script>\u202e.txt', bytes: 1 },
    ])
    const folder = key.slice(0, key.lastIndexOf('/') + 1)
    expect((await ask('tree', dumped, { prefix: folder })).entries).toMatchObject([{ kind: 'object', key }])
    const root = await ask('tree', dumped, { prefix: '' })
    expect(root.entries).toContainEqual({ kind: 'folder', prefix: 'tree/' })
  })

  test('a large folder has pages, of which the last one says so, and can be narrowed by how names begin', async () => {
    const dumped = testDump('paged', bucketName, { format: 'jsonl' })
    const keys = Array.from({ length: 303 }, (_, index) => `paged/many/${String(index).padStart(3, '0')}`)
    await pMap(keys, key => plant(dumped, key, ''), { concurrency: 4 })
    const prefix = 'paged/many/'
    const first = await ask('tree', dumped, { prefix })
    expect(first.entries).toHaveLength(300)
    const second = await ask('tree', dumped, { prefix, after: first.next })
    expect(second.next).toBeUndefined()
    const keysOf = ({ entries }: typeof first) => entries.map(entry => entry.kind === 'object' && entry.key)
    expect([...keysOf(first), ...keysOf(second)]).toEqual(keys)
    expect(keysOf(await ask('tree', dumped, { prefix, begins: '30' }))).toEqual(keys.slice(300))
  })
})

describe('object', () => {
  const records = recordsFrom(0, 5)

  test.each(formatNames.filter(format => format !== 'raw'))('the records of %s, staged or not', async format => {
    const dumped = testDump(`object-${format}`, bucketName, { format, compression: 'zstd' })
    const keys = [...(await dumped.write(records)), await dumped.stage(records)]
    for (const key of keys) {
      const answer = await ask('object', dumped, { key, after: 0 })
      expect(answer).toMatchObject({ bucket: bucketName, key, format })
      if (!('records' in answer.content)) throw new Error('There are no records.')
      expect(answer.content.records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
      expect(answer.content.records[0]).toMatchObject({
        partition: 0,
        timestamp: Date.UTC(2026, 2, 1),
        headers: [{ name: 'source' }],
      })
      expect(answer.content.records.map(({ value }) => value && textOf(value))).toEqual([
        ...['{"offset":0}', '{"offset":1}', '{"offset":2}', '{"offset":3}', null],
      ])
      expect(answer.next).toBeUndefined()
    }
    const [written, staged] = await Promise.all(keys.map(key => ask('object', dumped, { key, after: 0 })))
    expect(written?.query?.duckdb).toContain(`(['s3://${bucketName}/${keys[0]}']`)
    expect(staged?.query).toBeUndefined()
  })

  test('has pages, and one record can be looked at with more of its bytes', async () => {
    const dumped = testDump('object-paged', bucketName, { format: 'jsonl' })
    const large = recordsFrom(0, 150).map(record => ({ ...record, value: Buffer.alloc(5_000, 'x') }))
    const [key = ''] = await dumped.write(large)
    const first = await ask('object', dumped, { key, after: 0 })
    expect(first).toMatchObject({ next: 100 })
    const last = await ask('object', dumped, { key, after: 100 })
    expect(last.next).toBeUndefined()
    expect(last.content).toMatchObject({
      records: { length: 50, 0: { offset: 100, value: { size: 5_000, isCut: true } } },
    })
    const whole = await ask('object', dumped, { key, after: 149, whole: true })
    expect(whole.content).toMatchObject({ records: [{ offset: 149, value: { size: 5_000, isCut: false } }] })
  })

  test('raw has lines, a log entry its JSON, and a large value its bytes', async () => {
    const dumped = testDump('object-raw', bucketName, { format: 'raw', recordSeparator: '--' })
    for (const key of [...(await dumped.write(records)), await dumped.stage(records)]) {
      const { content } = await ask('object', dumped, { key, after: 1 })
      if (!('lines' in content)) throw new Error('There are no lines.')
      expect(content.lines.map(textOf)).toEqual(['{"offset":1}', '{"offset":2}', '{"offset":3}', ''])
    }
    await plant(dumped, 'object-raw/_commits/orders/0/1.plan.json', '{"schema":1}')
    const entry = await ask('object', dumped, { key: 'object-raw/_commits/orders/0/1.plan.json', after: 0 })
    expect(entry).toMatchObject({ format: null, content: { bytes: { size: 12, isCut: false } } })
    await plant(dumped, 'object-raw/_overflow/large', 'y'.repeat(300_000))
    const value = await ask('object', dumped, { key: 'object-raw/_overflow/large', after: 0 })
    expect(value.content).toMatchObject({ bytes: { isCut: true } })
  })

  test('of a damaged object, what can be read is shown with what is wrong', async () => {
    const dumped = testDump('object-damaged', bucketName, { format: 'jsonl', compression: 'none' })
    const [key = ''] = await dumped.write(records)
    const whole = await dumped.store.get(key)
    await plant(dumped, key, `${whole.subarray(0, -20)}`)
    const answer = await ask('object', dumped, { key, after: 0 })
    expect(answer.problem).toBeDefined()
    expect(answer.content).toMatchObject({ records: { length: 4 } })
    const staged = await dumped.stage(records)
    const aside = staged.replace('_staging', '_quarantine')
    await plant(dumped, aside, 'damaged', { reason: 'it is damaged' })
    const quarantined = await ask('object', dumped, { key: aside, after: 0 })
    expect(quarantined).toMatchObject({ quarantined: 'it is damaged', content: { bytes: { size: 7 } } })
    expect(quarantined.problem).toBeDefined()
    await expect(ask('object', dumped, { key: 'object-damaged/none.jsonl', after: 0 })).rejects.toThrow('has no object')
  })
})
