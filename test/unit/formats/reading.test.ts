import fc from 'fast-check'
import { CodedError } from '../../../lib/error.ts'
import { type ByteSource, bytesAsSource } from '../../../lib/formats/byte-source.ts'
import { type CompressionName, compressionNames, compressions } from '../../../lib/formats/compression.ts'
import type { EncodeOptions, StoredRecord } from '../../../lib/formats/format.ts'
import { type FormatName, formatNames, formats } from '../../../lib/formats/index.ts'
import { records } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords, awkwardRecord } from '../../support/awkward-records.ts'
import { encodeWith, keepEverything, legible } from '../../support/formats.ts'

const codecs = Object.fromEntries(await Promise.all(formatNames.map(async name => [name, await formats[name].load()])))
const lossless = formatNames.filter(name => codecs[name].decode)

/** The bytes as a store sends them: in chunks that end anywhere. */
function inChunks(bytes: Buffer, size: number): ByteSource {
  return {
    ...bytesAsSource(bytes),
    async *stream() {
      for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
    },
  }
}

async function read(format: FormatName, source: ByteSource, compression: CompressionName): Promise<StoredRecord[]> {
  const batches: StoredRecord[][] = await Array.fromAsync(codecs[format].read(source, compression))
  return batches.flat()
}

async function joined(format: FormatName, parts: StoredRecord[][], options: EncodeOptions): Promise<Buffer> {
  const { joining } = await formats[format].load()
  const object = joining.begin(options, 'x')
  const bytes: Buffer[] = []
  for (const part of parts) bytes.push(...(await object.add(await joining.frame(part, options))))
  return Buffer.concat([...bytes, ...(await object.end())])
}

const chunkSize = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1_000, max: 100_000 }) },
)

/** Bytes that can't be compressed, and are the same each time. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed + 1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 24
  }
  return bytes
}

/** Values of 100,000 bytes, made once: it takes longer than to read them. */
const noises = Array.from({ length: 24 }, (_, index) => noise(100_000, index))

describe.each(lossless)('%s is read as it comes:', format => {
  test('law: every record, however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(records(1), { maxLength: 3 }),
        fc.constantFrom(...compressionNames),
        chunkSize,
        async (parts, compression, size) => {
          const bytes = await joined(format, parts, { ...keepEverything, compression })
          const found = await read(format, inChunks(bytes, size), compression)
          expect(legible(found)).toEqual(legible(parts.flat()))
        },
      ),
      { numRuns: 12 },
    )
  })

  test.each(compressionNames)('some at a time, with compression %s', async compression => {
    const values = noises.map((value, index) => awkwardRecord({ value }, index))
    const options = { ...keepEverything, compression }
    const bytes = await joined(
      format,
      values.map(value => [value]),
      options,
    )
    let largest = 0
    let count = 0
    for await (const batch of codecs[format].read(inChunks(bytes, 65_536), compression)) {
      largest = Math.max(largest, batch.length)
      count += batch.length
    }
    expect(count).toBe(values.length)
    // 100,000 bytes each: at most a megabyte or so at once.
    expect(largest).toBeLessThan(12)
  })

  test.each(compressionNames)('what is cut off is refused, with compression %s', async compression => {
    const { body } = await encodeWith(allAwkwardRecords, { format, compression })
    // Lines that aren't compressed say nothing of the lines that are missing, so the cut is within one.
    for (const cut of [5, 40, Math.floor(body.length / 2)]) {
      await expect(read(format, inChunks(body.subarray(0, -cut), 999), compression)).rejects.toMatchObject({
        code: 'RECORD_UNDECODABLE',
      })
    }
  })
})

describe('a JSON array', () => {
  test.each(['', '[', '{}', '[{}', '[{},', '[,]', '[{},]', '[{}]]', '[{}] {}', '[{"a":"]'])(
    '%j is none',
    async text => {
      await expect(read('json', bytesAsSource(Buffer.from(text)), 'none')).rejects.toMatchObject({
        code: 'RECORD_UNDECODABLE',
      })
    },
  )
})

describe.each(['gzip', 'zstd'] as const)('%s as it comes', name => {
  const { compress, decompressStream } = compressions[name]
  const content = async (bytes: Buffer, size: number) =>
    Buffer.concat(await Array.fromAsync(decompressStream(inChunks(bytes, size).stream())))

  test('law: all members or frames, however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 9_000_000 }), { minLength: 1, maxLength: 4 }),
        chunkSize,
        async (lengths, size) => {
          const bodies = lengths.map((length, index) => Buffer.alloc(length, `${index}`))
          const bytes = Buffer.concat(await Promise.all(bodies.map(body => compress(Buffer.from(body)))))
          expect((await content(bytes, size)).equals(Buffer.concat(bodies))).toBe(true)
        },
      ),
      { numRuns: 5 },
    )
  })

  test.each([
    ['nothing', () => Buffer.alloc(0)],
    ['a member or frame that is cut off', (one: Buffer) => Buffer.concat([one, one.subarray(0, -1)])],
    ['something else behind the last', (one: Buffer) => Buffer.concat([one, Buffer.from('something else')])],
    ['one that stands behind zeros', (one: Buffer) => Buffer.concat([one, Buffer.alloc(9), one])],
  ])('refuses %s', async (_, bytes) => {
    const refused = bytes(await compress(Buffer.from('one')))
    for (const size of [1, 7, 10_000]) {
      await expect(content(refused, size)).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
    }
  })

  test('what the source of the bytes says is passed on', async () => {
    const failing = (async function* () {
      yield (await compress(Buffer.from('one'))).subarray(0, 9)
      throw new CodedError('STORE_UNAVAILABLE', 'gone')
    })()
    await expect(Array.fromAsync(decompressStream(failing))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
