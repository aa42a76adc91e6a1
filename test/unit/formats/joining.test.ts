import fc from 'fast-check'
import { type CompressionName, compressionNames, compressions } from '../../../lib/formats/compression.ts'
import type { EncodeOptions, StoredRecord } from '../../../lib/formats/format.ts'
import { type FormatName, formatNames, formats, objectExtension } from '../../../lib/formats/index.ts'
import type { FrameLines } from '../../../lib/formats/joining.ts'
import { records } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords } from '../../support/awkward-records.ts'
import { decode, encodeWith, keepEverything, legible } from '../../support/formats.ts'

const codecs = Object.fromEntries(await Promise.all(formatNames.map(async name => [name, await formats[name].load()])))
const lossless = formatNames.filter(name => codecs[name].decode)

/** The records divided at random, each part with one at least. */
const divided = fc.tuple(records(1), fc.array(fc.nat(), { maxLength: 8 })).map(([all, cuts]) => {
  const ends = [...new Set([...cuts.map(cut => 1 + (cut % all.length)), all.length])].toSorted((a, b) => a - b)
  return { all, parts: ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end)) }
})
const compression = fc.constantFrom(...compressionNames)

async function framesOf(format: FormatName, parts: StoredRecord[][], options: EncodeOptions): Promise<Buffer[]> {
  const { joining } = await formats[format].load()
  return await Promise.all(parts.map(part => joining.frame(part, options)))
}

async function join(format: FormatName, frames: Buffer[], options: EncodeOptions, identity = 'orders/0/17') {
  const { joining } = await formats[format].load()
  const object = joining.begin(options, identity)
  const bytes: Buffer[] = []
  for (const frame of frames) bytes.push(...(await object.add(frame)))
  return Buffer.concat([...bytes, ...(await object.end())])
}

describe.each(lossless)('%s', format => {
  const read = (body: Buffer, compression: CompressionName) =>
    decode({ body, extension: objectExtension(format, compression) })

  test('law: an object of frames has the records of all of them, and the same frames give the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(divided, compression, fc.boolean(), async ({ all, parts }, compression, includeHeaders) => {
        const options = { ...keepEverything, compression, includeHeaders }
        const frames = await framesOf(format, parts, options)
        const object = await join(format, frames, options)
        const once = await encodeWith(all, { format, ...options })
        expect(legible(await read(object, compression))).toEqual(legible(await decode(once)))
        expect((await join(format, await framesOf(format, parts, options), options)).equals(object)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('law: a frame has the records that it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(records(1), compression, async (original, compression) => {
        const options = { ...keepEverything, compression }
        const [frame] = (await framesOf(format, [original], options)) as [Buffer]
        const lines = { topic: 'orders', partition: 0, offsets: [] }
        expect(legible(await codecs[format].joining.records(frame, options, lines))).toEqual(legible(original))
      }),
      { numRuns: 20 },
    )
  })

  test('law: an object of an earlier dump is a frame among others, where it becomes one', async () => {
    await fc.assert(
      fc.asyncProperty(divided, compression, async ({ all, parts }, compression) => {
        const options = { ...keepEverything, compression }
        const frames = await Promise.all(
          parts.map(async (part, index) => {
            const { body } = await encodeWith(part, { format, ...options })
            const taken = index % 2 === 0 ? await codecs[format].joining.frameOf(body, options) : undefined
            return taken ?? (await codecs[format].joining.frame(part, options))
          }),
        )
        expect(legible(await read(await join(format, frames, options), compression))).toEqual(legible(all))
      }),
      { numRuns: 20 },
    )
  })

  test('no frame is an object without records, or one with other options', async () => {
    const { joining } = codecs[format]
    const { body: empty } = await encodeWith([], { format })
    expect(await joining.frameOf(empty, keepEverything)).toBeUndefined()
    const other = { ...keepEverything, includeHeaders: false, recordSeparator: '\x1e' }
    const { body } = await encodeWith(allAwkwardRecords, { format, ...other })
    // Elements of a JSON array may have any fields.
    if (format !== 'json') expect(await joining.frameOf(body, keepEverything)).toBeUndefined()
  })

  test('with every option, awkward records', async () => {
    const options = { ...keepEverything, includeValueSize: true, maxInlineValueBytes: 100 }
    const stored = allAwkwardRecords.map((record, index) => ({
      ...record,
      valueSize: record.value?.length ?? 0,
      ...(index % 3 === 0 && { value: null, valueObject: `lake/_overflow/größe+3+${index}` }),
    }))
    const frames = await framesOf(format, [stored.slice(0, 5), stored.slice(5, 6), stored.slice(6)], options)
    expect(legible(await read(await join(format, frames, options), 'none'))).toEqual(legible(stored))
  })

  test.each(compressionNames)(
    'without frames, it is an object without records, with compression %s',
    async compression => {
      const options = { ...keepEverything, compression }
      expect(await read(await join(format, [], options), compression)).toEqual([])
    },
  )
})

describe('raw', () => {
  const { joining } = codecs.raw

  test('law: an object of frames has the bytes of all records, and a frame is divided into its records again', async () => {
    const values = fc.constantFrom('bytes' as const, 'base64' as const)
    await fc.assert(
      fc.asyncProperty(
        divided,
        compression,
        values,
        fc.boolean(),
        async ({ all, parts }, compression, values, includeKey) => {
          const options = { ...keepEverything, compression, values, includeKey }
          const frames = await framesOf('raw', parts, options)
          const object = await compressions[compression].decompress(await join('raw', frames, options))
          const once = await codecs.raw.encode(all, options)
          expect(object.equals(once)).toBe(true)
          for (const [index, part] of parts.entries()) {
            const lines: FrameLines = {
              topic: 'orders',
              partition: 3,
              offsets: part.map(({ offset }) => offset),
              lengths: joining.lengths(part, options),
            }
            const divided: StoredRecord[] = await joining.records(frames[index], options, lines)
            expect(divided.map(({ offset }) => offset)).toEqual(lines.offsets)
            expect((await joining.frame(divided, options)).equals(frames[index])).toBe(true)
            for (const [place, record] of divided.entries()) {
              const [line, original] = await Promise.all(
                [record, part[place] as StoredRecord].map(one => codecs.raw.encode([one], options)),
              )
              expect(line.equals(original)).toBe(true)
            }
          }
        },
      ),
      { numRuns: 20 },
    )
  })
})

test('an Avro object has its own marker, which differs between objects', async () => {
  const frames = await framesOf('avro', [allAwkwardRecords], keepEverything)
  const [one, other] = await Promise.all(['a', 'b'].map(identity => join('avro', frames, keepEverything, identity)))
  expect(one?.subarray(-16).equals(other?.subarray(-16) ?? Buffer.alloc(0))).toBe(false)
})
