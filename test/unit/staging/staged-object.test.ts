import zlib from 'node:zlib'
import fc from 'fast-check'
import { formatNames } from '../../../lib/formats/index.ts'
import { encodeStagedObject, type StagedContent } from '../../../lib/staging/layout.ts'
import { parseStagedKey, renderStagedKey, stagingFolder } from '../../../lib/staging/name.ts'
import { offsetsOf, runsOf } from '../../../lib/staging/runs.ts'
import { checkedFrame, type NamedObject, readStagedIndex } from '../../../lib/staging/staged-index.ts'
import { topic } from '../../support/arbitrary-records.ts'

const form = fc.record({
  format: fc.constantFrom(...formatNames),
  values: fc.constantFrom('bytes' as const, 'json' as const),
  compression: fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const),
  includeHeaders: fc.boolean(),
  includeKey: fc.boolean(),
  includeValueSize: fc.boolean(),
  maxInlineValueBytes: fc.option(fc.nat(), { nil: undefined }),
  recordSeparator: fc.constantFrom('\n', '\u001e'),
})

const path = fc.option(fc.oneof(fc.string({ unit: 'grapheme', minLength: 1 }), fc.constantFrom('a=1/b=x.json', '..')), {
  nil: undefined,
})

const frame = fc
  .record({
    path,
    body: fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
    offsets: fc.uniqueArray(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 20 }),
    times: fc.oneof(fc.constant([-1]), fc.array(fc.integer({ min: 0, max: 2 ** 43 }), { minLength: 1 })),
    large: fc.boolean(),
  })
  .map(({ path, body, offsets, times, large }) => {
    const sorted = offsets.toSorted((a, b) => a - b)
    return {
      ...(path === undefined ? {} : { path }),
      body,
      records: sorted.length,
      offsets: runsOf(sorted),
      minTimestamp: Math.min(...times),
      maxTimestamp: Math.max(...times),
      ...(large ? { large: sorted.slice(0, 1) } : {}),
    }
  })

const content: fc.Arbitrary<StagedContent> = fc.record({
  topic,
  partition: fc.nat({ max: 300 }),
  form,
  frames: fc.array(frame, { minLength: 1, maxLength: 5 }),
})

const prefix = fc.constantFrom('', 'lake', 'weird (1)+[x]/ü')

function namedObject({ key, name, body }: ReturnType<typeof encodeStagedObject>): NamedObject {
  return { key, name, size: body.length }
}

const readerOf = (body: Buffer) => async (start: number, end: number) => body.subarray(start, end)

test('a staged object reads as what was staged, and its key as its name', async () => {
  await fc.assert(
    fc.asyncProperty(prefix, content, async (prefix, content) => {
      const staged = encodeStagedObject(prefix, content)
      const object = namedObject(staged)
      const index = await readStagedIndex(object, readerOf(staged.body))
      const { topic, partition, frames } = index
      expect({ topic, partition }).toEqual({ topic: content.topic, partition: content.partition })
      const bodies = frames.map(frame =>
        checkedFrame(object, frame, staged.body.subarray(frame.start, frame.start + frame.bytes)),
      )
      expect(bodies).toEqual(content.frames.map(({ body }) => body))
      const facts = frames.map(({ start, bytes, crc32, ...facts }) => facts)
      expect(facts).toEqual(content.frames.map(({ body, ...facts }) => facts))
      expect(parseStagedKey(prefix, staged.key)).toEqual(staged.name)
      expect(staged.key.startsWith(stagingFolder(prefix, content.topic, content.partition))).toBe(true)
      expect(encodeStagedObject(prefix, content)).toEqual(staged)
    }),
  )
})

test('a name says everything about an object of one frame without gaps, and only then', async () => {
  fc.assert(
    fc.property(content, content => {
      const { name } = encodeStagedObject('lake', content)
      const [frame, ...others] = content.frames
      const isPlain = others.length === 0 && frame?.offsets.length === 1 && !frame.large
      expect(name.only).toEqual(isPlain ? (frame?.path === undefined ? {} : { path: frame.path }) : undefined)
    }),
  )
})

test('names of a topic-partition sort by their first offset', () => {
  const offset = fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 })
  fc.assert(
    fc.property(offset, offset, content, (a, b, { form }) => {
      const key = (first: number) => {
        const frame = { body: Buffer.of(1), records: 1, minTimestamp: 0, maxTimestamp: 0 }
        const offsets = runsOf([first])
        return encodeStagedObject('', { topic: 't', partition: 0, form, frames: [{ ...frame, offsets }] }).key
      }
      const [keyA, keyB] = [key(a), key(b)]
      expect(Math.sign(a - b)).toBe(keyA < keyB ? -1 : keyA > keyB ? 1 : 0)
    }),
  )
})

test('whatever byte of an object is changed, its frames or its index are refused', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.nat(), fc.integer({ min: 1, max: 255 }), async (content, place, difference) => {
      const staged = encodeStagedObject('', content)
      const body = Buffer.from(staged.body)
      const at = place % body.length
      body[at] = (body[at] as number) ^ difference
      const object = namedObject(staged)
      const read = async () => {
        const { frames } = await readStagedIndex(object, readerOf(body))
        return frames.map(frame => checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes)))
      }
      // gzip has bytes in its header that decide nothing.
      const bodies = await read().catch(error => error)
      if (Array.isArray(bodies)) expect(bodies).toEqual(content.frames.map(frame => frame.body))
      else expect(['STAGED_OBJECT_DAMAGED', 'COMMIT_LOG_NEWER']).toContain(bodies.code)
    }),
    { numRuns: 500 },
  )
})

test('an object that is cut off is refused, with its place', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.nat(), async (content, place) => {
      const staged = encodeStagedObject('', content)
      const size = place % staged.body.length
      const object = { ...namedObject(staged), size }
      await expect(readStagedIndex(object, readerOf(staged.body.subarray(0, size)))).rejects.toMatchObject({
        code: 'STAGED_OBJECT_DAMAGED',
        topic: content.topic,
        partition: content.partition,
        offset: staged.name.firstOffset,
        retryable: false,
      })
    }),
  )
})

test('an object under the name of another is refused', async () => {
  const frame = { body: Buffer.from('x'), records: 1, minTimestamp: 5, maxTimestamp: 5 }
  const options = fc.sample(form, 1)[0] as StagedContent['form']
  const staged = (offset: number) =>
    encodeStagedObject('', { topic: 't', partition: 0, form: options, frames: [{ ...frame, offsets: [[offset, 1]] }] })
  const object = { ...namedObject(staged(1)), size: staged(2).body.length }
  await expect(readStagedIndex(object, readerOf(staged(2).body))).rejects.toMatchObject({
    code: 'STAGED_OBJECT_DAMAGED',
  })
})

test('an object of a newer version is told apart from a damaged one', async () => {
  const options = fc.sample(form, 1)[0] as StagedContent['form']
  const frame = { body: Buffer.alloc(0), records: 1, minTimestamp: 5, maxTimestamp: 5, offsets: runsOf([7]) }
  const staged = encodeStagedObject('', { topic: 't', partition: 0, form: options, frames: [frame] })
  const packed = zlib.gzipSync(JSON.stringify({ schema: 2 }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(packed.length)
  const body = Buffer.concat([packed, length, Buffer.from('KFSTAGE1')])
  const object = { ...namedObject(staged), size: body.length }
  await expect(readStagedIndex(object, readerOf(body))).rejects.toMatchObject({ code: 'COMMIT_LOG_NEWER' })
})

test('keys that dump does not write are foreign', () => {
  const good = 'lake/_staging/t/0/00000000000000000005-9+5+1+2+01234567+0123456789abcdef+only.json.gz'
  expect(parseStagedKey('lake', good)).toMatchObject({ topic: 't', partition: 0, firstOffset: 5, lastOffset: 9 })
  const foreign = [
    good.replace('lake/', ''),
    good.replace('lake/', 'lake2/'),
    good.replace('_staging', 'staging'),
    good.replace('-9', '-4'),
    good.replace('-9', '-10'),
    good.replace('+5+', '+6+'),
    good.replace('+5+', '+0+'),
    good.replace('+1+2', '+2+1'),
    good.replace('+1+2', '+01+2'),
    good.replace('/0/', '/00/'),
    good.replace('/0/', '/-1/'),
    good.replace('00000000000000000005', '5'),
    good.replace('-9', '-99999999999999999999'),
    good.replace('.json.gz', '.txt'),
    good.replace('01234567', '0123456g'),
    `${good}/`,
    'lake/_staging/README',
  ]
  expect(foreign.map(key => parseStagedKey('lake', key))).toEqual(foreign.map(() => undefined))
})

test('any name has a key that reads back', () => {
  const name = fc.record({
    topic,
    partition: fc.nat({ max: 2 ** 31 - 1 }),
    firstOffset: fc.nat({ max: 2 ** 40 }),
    form: fc.stringMatching(/^[0-9a-f]{8}$/),
    digest: fc.stringMatching(/^[0-9a-f]{16}$/),
    minTimestamp: fc.integer({ min: -1, max: 2 ** 43 }),
    extension: fc.constantFrom('json', 'json.gz', 'parquet', 'raw.zst'),
    only: fc.option(fc.record({ path: fc.string({ unit: 'grapheme', minLength: 1 }) }), { nil: undefined }),
  })
  fc.assert(
    fc.property(name, prefix, fc.nat({ max: 1000 }), ({ only, ...name }, prefix, more) => {
      const { firstOffset, minTimestamp } = name
      const bounds = { lastOffset: firstOffset + more, records: more + 1, maxTimestamp: minTimestamp + more }
      const whole = { ...name, ...bounds, ...(only ? { only } : {}) }
      expect(parseStagedKey(prefix, renderStagedKey(prefix, whole))).toEqual(whole)
    }),
  )
})

test('runs hold the same offsets', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 300 })), offsets => {
      const sorted = offsets.toSorted((a, b) => a - b)
      const runs = runsOf(sorted)
      expect([...offsetsOf(runs)]).toEqual(sorted)
      const touching = runs.some(([first, count], index) => runs[index + 1]?.[0] === first + count)
      expect(touching).toBe(false)
    }),
  )
})
