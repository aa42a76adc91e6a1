import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { adopt } from '../../../lib/compaction/adopt.ts'
import type { Compaction } from '../../../lib/compaction/compaction.ts'
import { encode, type FormatSettings } from '../../../lib/formats/encode.ts'
import { formats } from '../../../lib/formats/index.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { parseStagedKey } from '../../../lib/staging/name.ts'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../../../lib/staging/staged-index.ts'
import { legible } from '../../support/formats.ts'
import { compactionOver, FORMAT, NOW, UNIT } from '../../support/latest-topic.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const time = { deadline: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }

const record = (offset: number, value = `v${offset}`): KafkaRecord => ({
  ...(UNIT as { topic: string; partition: number }),
  ...{ offset, timestamp: NOW + offset, key: Buffer.from('k'), value: Buffer.from(value), headers: [] },
})

/** Writes the object of a batch as a dump without rotation does, or a redrive of one, whose objects are `made` by a plan. */
async function dump(
  records: KafkaRecord[],
  { store, keys, format }: Compaction,
  { form = format, last, made }: { form?: FormatSettings; last?: number; made?: { sequence: number } } = {},
) {
  const [{ range, path }] = keys.divide(records) as [ReturnType<typeof keys.divide>[number]]
  const { body, extension, ...content } = await encode(records, form)
  const key = keys.render({ ...range, ...(last !== undefined && { lastOffset: last }), path, extension, made })
  const metadata = { 'record-count': String(records.length) }
  await store.put({ key, body, ...content, metadata })
  return key
}

/** The records of everything that is staged. */
async function stagedRecords(store: MemoryStore, prefix = 'lake') {
  const contents = store.keys(`${prefix}/_staging/`).map(async key => {
    const body = store.objects.get(key)?.body as Buffer
    const name = parseStagedKey(prefix, key)
    if (!name) throw new Error(`${key} is no staged object`)
    const object = { key, name, size: body.length }
    const index = await readStagedIndex(object, async (start, end) => body.subarray(start, end))
    const { joining } = await formats[index.form.format].load()
    const frames = index.frames.map(async frame => {
      const bytes = checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes))
      const lines = { ...index, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
      return await joining.records(bytes, index.form, lines)
    })
    return (await Promise.all(frames)).flat()
  })
  return (await Promise.all(contents)).flat()
}

describe('objects of an earlier dump', () => {
  it.each(['json', 'jsonl', 'avro', 'parquet'] as const)(
    'of %s become staged batches with the same records',
    async format => {
      const store = new MemoryStore(() => NOW)
      const compaction = compactionOver(store, { format: { ...FORMAT, format } })
      const batches = [
        [record(0), record(1)],
        [record(5), record(7)],
      ]
      for (const batch of batches) await dump(batch, compaction)
      const progress: number[] = []
      const report = await adopt(compaction, { time, onProgress: ({ adopted }) => progress.push(adopted) })
      expect(report).toMatchObject({ adopted: 2, removed: 2, left: [], unfinished: false })
      expect(progress.at(-1)).toBe(2)
      expect(legible(await stagedRecords(store))).toEqual(legible(batches.flat()))
      expect(store.keys().filter(key => !key.startsWith('lake/_staging/'))).toEqual([])
    },
  )

  it('take the form of the settings, if nothing is lost by it', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    await dump([record(0)], compaction, { form: { ...FORMAT, format: 'parquet', compression: 'zstd' } })
    const headers = [{ key: 'h', value: Buffer.from('1') }]
    const lossy = await dump([{ ...record(1), headers }], compaction, { form: { ...FORMAT, format: 'avro' } })
    const report = await adopt({ ...compaction, format: { ...FORMAT, includeHeaders: false } }, { time })
    expect(report.left).toEqual([{ key: lossy, reason: expect.stringContaining('would not be the same') }])
    expect(legible(await stagedRecords(store))).toEqual(legible([record(0)]))
    expect(store.objects.has(lossy)).toBe(true)
  })

  it('that keep values only are adopted if each line is an offset’s record; those that are left are named in order', async () => {
    // Those before and behind it are done when the second one is read.
    const others = Promise.withResolvers<void>()
    let done = 0
    const store = new MemoryStore(
      () => NOW,
      async (call, key) => {
        if (call === 'get' && key === withGap) await others.promise
      },
    )
    const format = { ...FORMAT, format: 'raw' } as const
    const compaction = compactionOver(store, { format })
    await dump([record(0), record(1)], compaction)
    const withGap = await dump([record(2), record(4)], compaction)
    const withLines = await dump([record(5, 'two\nlines'), record(6)], compaction)
    const onProgress = () => {
      done += 1
      if (done === 2) others.resolve()
    }
    const report = await adopt(compaction, { time, onProgress })
    expect(report.left.map(({ key }) => key)).toEqual([withGap, withLines])
    expect((await stagedRecords(store)).map(({ value }) => value?.toString())).toEqual(['v0', 'v1'])
  })

  it('stay where they are when they can’t be adopted, and are named with the reason', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    const key = await dump([record(0), record(1)], compaction)
    const named = (first: number, last: number) =>
      compaction.keys.render({ ...UNIT, firstOffset: first, lastOffset: last, extension: 'jsonl.gz' } as never)
    const put = (name: string, body: Buffer, metadata = {}) => store.put({ key: name, body, contentType: '', metadata })
    const { body } = store.objects.get(key) as { body: Buffer }
    await put(named(2, 3), body)
    await put(named(4, 5), body.subarray(0, -9))
    await put('lake/accounts/partition=0/notes.txt', Buffer.from('x'))
    const digest = { ...UNIT, firstOffset: -1, lastOffset: -1, digest: '0'.repeat(32), extension: 'jsonl.gz' }
    await put(compaction.keys.render(digest as never), body)
    await put(named(8, 9), body, { plan: '3' })
    // A function would end for lack of memory in each run, and the original be gone already.
    const huge = await dump([record(10), record(11)], compaction)
    const made = await dump([record(12), record(13)], compaction)
    for (const one of [huge, made]) Object.assign(store.objects.get(one) as object, { size: 65 * 1024 * 1024 })
    Object.assign(store.objects.get(made)?.metadata as object, { plan: '4' })
    const report = await adopt(compaction, { time })
    expect(report).toMatchObject({ adopted: 1, removed: 1, committed: 2 })
    const reasons = Object.fromEntries(report.left.map(({ key: one, reason }) => [one, reason]))
    expect(reasons).toEqual({
      [named(2, 3)]: expect.stringContaining('doesn’t have the records that its key names'),
      [named(4, 5)]: expect.stringContaining('gzip'),
      'lake/accounts/partition=0/notes.txt': expect.stringContaining('none that the settings give'),
      [compaction.keys.render(digest as never)]: expect.stringContaining('no offsets'),
      [huge]: expect.stringContaining('more than 64 MiB'),
    })
    for (const one of Object.keys(reasons)) expect(store.objects.has(one)).toBe(true)
  })

  it('of a redrive are adopted as well, though they have a sequence in their names and offsets lie between', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    await dump([record(0), record(1)], compaction)
    const redriven = await dump([record(3), record(9)], compaction, { made: { sequence: 0 } })
    // Record 11 was gone when the redrive was finished.
    const part = await dump([record(10)], compaction, { last: 11, made: { sequence: 1 } })
    const empty = await dump([record(12)], compaction, { made: { sequence: 2 } })
    const compacted = await dump([record(13), record(14)], compaction, { made: { sequence: 3 } })
    for (const [plan, key] of [redriven, part, empty].entries())
      Object.assign(store.objects.get(key)?.metadata as object, { 'redrive-plan': String(plan) })
    Object.assign(store.objects.get(empty)?.metadata as object, { 'record-count': '0' })
    const report = await adopt(compaction, { time })
    expect(report).toMatchObject({ adopted: 3, removed: 3, committed: 1 })
    expect(report.left).toEqual([{ key: empty, reason: expect.stringContaining('no records') }])
    const staged = await stagedRecords(store)
    expect(staged.map(({ offset }) => offset).toSorted((a, b) => a - b)).toEqual([0, 1, 3, 9, 10])
    expect(store.keys('lake/accounts/')).toEqual([empty, compacted])
  })

  it('are only counted by a dry run', async () => {
    const store = new MemoryStore(() => NOW)
    const compaction = compactionOver(store)
    await dump([record(0)], compaction)
    const before = store.keys()
    expect(await adopt(compaction, { time, dryRun: true })).toMatchObject({ adopted: 1, removed: 0 })
    expect(store.keys()).toEqual(before)
  })

  it('are each somewhere at every moment, and never staged while readers see them, wherever adoption stops', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 60 }), fc.boolean(), async (nth, again) => {
        const store = new MemoryStore(() => NOW)
        const compaction = compactionOver(store)
        const batches = [[record(0), record(1)], [record(2)], [record(4), record(6)]]
        for (const batch of batches) await dump(batch, compaction)
        const watch = () => assertEverywhereOnce(store, batches.length)
        let calls = 0
        const client = store.client(async () => {
          watch()
          if (calls++ >= nth) throw new Error('stopped')
        })
        await adopt({ ...compaction, store: client }, { time }).catch(() => undefined)
        watch()
        if (again) await adopt({ ...compaction, store: store.client(async () => watch()) }, { time })
        const { left } = await adopt({ ...compaction, store: store.client(async () => watch()) }, { time })
        expect(left).toEqual([])
        const staged = await stagedRecords(store)
        expect(legible(staged.toSorted((a, b) => a.offset - b.offset))).toEqual(legible(batches.flat()))
        expect(store.keys().every(key => key.startsWith('lake/_staging/'))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})

/** By first offsets, as each object's name has its own. */
function assertEverywhereOnce(store: MemoryStore, objects: number): void {
  const first = (key: string) => Number(/(?:\+|\/)(\d+)-\d+[+.]/.exec(key)?.[1])
  const visible = store.keys('lake/accounts/').map(first)
  const staged = store.keys('lake/_staging/').map(first)
  const copies = store.keys('lake/_adopting/').map(first)
  expect(new Set([...visible, ...staged, ...copies]).size).toBe(objects)
  expect(visible.filter(offset => staged.includes(offset))).toEqual([])
}
