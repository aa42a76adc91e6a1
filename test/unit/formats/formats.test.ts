import { once } from 'node:events'
import avsc from 'avsc'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { type CompressionName, compressionNames, compressions } from '../../../lib/formats/compression.ts'
import type { StoredRecord, ValueContent } from '../../../lib/formats/format.ts'
import { type FormatName, formatNames, formats, objectExtension } from '../../../lib/formats/index.ts'
import { records } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords, awkwardRecord, awkwardRecords } from '../../support/awkward-records.ts'
import { decode, encodeWith, keepEverything, legible } from '../../support/formats.ts'

const codecs = Object.fromEntries(await Promise.all(formatNames.map(async name => [name, await formats[name].load()])))

/** The contract of all formats that can be read back: they keep everything. */
const lossless = formatNames.filter(name => codecs[name].decode)

describe.each(formatNames)('%s', format => {
  test.each([
    ['gzip', 1, 9],
    ['zstd', 1, 19],
  ] as const)('takes the level of %s', async (compression, compressionLevel, highest) => {
    const records = Array.from({ length: 3_000 }, (_, index) =>
      awkwardRecord({ value: Buffer.from(`{"order":${(index * 7919) % 3_001},"status":"paid"}`) }, index),
    )
    const quick = await encodeWith(records, { format, compression, compressionLevel })
    const small = await encodeWith(records, { format, compression, compressionLevel: highest })
    expect(small.body.length).toBeLessThan(quick.body.length)
  })
})

test.each(compressionNames)(
  'a Parquet file with compression %s has memory of its own, which can be freed',
  async compression => {
    const records = Array.from({ length: 3_000 }, (_, index) => awkwardRecord({}, index))
    const { body } = await encodeWith(records, { format: 'parquet', compression })
    expect(body.buffer.byteLength).toBe(body.length)
  },
)

describe.each(lossless)('%s keeps', format => {
  test.each(Object.entries(awkwardRecords))('%s', async (_, fields) => {
    const record = awkwardRecord(fields)
    expect(legible(await decode(await encodeWith([record], { format })))).toEqual(legible([record]))
  })

  // KIP-228: the store had −1 for what Kafka holds, so a year of nanoseconds lost its times.
  test.each([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])('a timestamp of %d', async timestamp => {
    const record = awkwardRecord({ timestamp })
    expect(await decode(await encodeWith([record], { format }))).toEqual([record])
  })

  test.each(compressionNames)('all of them in one object, with compression %s', async compression => {
    const encoded = await encodeWith(allAwkwardRecords, { format, compression })
    expect(legible(await decode(encoded))).toEqual(legible(allAwkwardRecords))
  })

  test('law: every record byte for byte, and the same records give the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(records(1), fc.constantFrom(...compressionNames), async (original, compression) => {
        const encoded = await encodeWith(original, { format, compression })
        expect(legible(await decode(encoded))).toEqual(legible(original))
        expect((await encodeWith(original, { format, compression })).body.equals(encoded.body)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  test('law: every field but the headers where they are left out', async () => {
    await fc.assert(
      fc.asyncProperty(records(1), async original => {
        const withoutHeaders = original.map(record => ({ ...record, headers: [] }))
        const read = await decode(await encodeWith(original, { format, includeHeaders: false }))
        expect(legible(read)).toEqual(legible(withoutHeaders))
      }),
      { numRuns: 20 },
    )
  })

  test('the size of each value, and the names of the objects with those that are elsewhere', async () => {
    const stored: StoredRecord[] = [
      awkwardRecord({}, 1),
      awkwardRecord({ value: null }, 2),
      awkwardRecord({ value: null }, 3),
    ]
    Object.assign(stored[0] ?? {}, { valueSize: 13 })
    Object.assign(stored[1] ?? {}, { valueSize: 0 })
    Object.assign(stored[2] ?? {}, { valueSize: 272_687, valueObject: 'lake/_overflow/größe+3+0000000003' })
    const encoded = await encodeWith(stored, { format, includeValueSize: true, maxInlineValueBytes: 100 })
    expect(await decode(encoded)).toEqual(stored)
  })

  test('law: values of JSON, apart from tombstones and to the digit', async () => {
    const text = fc.oneof(fc.json(), fc.constantFrom('null', '"text"', '0', '12345678901234567890.10', '1e400', '[ ]'))
    const jsonRecords = fc
      .array(fc.option(text), { minLength: 1, maxLength: 250 })
      .map(texts =>
        texts.map((value, index) => awkwardRecord({ value: value === null ? null : Buffer.from(value) }, index)),
      )
    await fc.assert(
      fc.asyncProperty(jsonRecords, fc.boolean(), async (original, includeHeaders) => {
        const read = await decode(await encodeWith(original, { format, includeHeaders, values: 'json' }))
        expect(read.map(({ value }) => canonical(value))).toEqual(original.map(({ value }) => canonical(value)))
      }),
      { numRuns: 50 },
    )
  })

  test('no records at all', async () => {
    expect(await decode(await encodeWith([], { format }))).toEqual([])
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['other bytes', Buffer.from('{"key":')],
  ])('refuses %s', async (_, bytes) => {
    const isEmptyObject = (await encodeWith([], { format })).body.equals(bytes)
    if (isEmptyObject) return
    await expect(decode({ body: bytes, extension: format })).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
  })
})

/** A JSON text without its freedoms of writing; what isn't there stays so. */
function canonical(json: Buffer | null): string | null {
  return (
    json &&
    JSON.stringify(
      JSON.parse(json.toString(), (_, value, { source }) =>
        typeof value === 'number' ? JSON.rawJSON(source ?? '') : value,
      ),
    )
  )
}

test.each(formatNames.filter(name => formats[name].compressesInside))(
  '%s refuses a file that is cut off',
  async format => {
    const { body, extension } = await encodeWith(allAwkwardRecords, { format })
    await expect(decode({ body: body.subarray(0, -100), extension })).rejects.toMatchObject({
      code: 'RECORD_UNDECODABLE',
    })
  },
)

/** The columns of a file as other people's readers name them; none for formats without columns. */
const columnReaders: Record<FormatName, (body: Buffer) => string[] | Promise<string[]>> = {
  json: () => [],
  jsonl: () => [],
  raw: () => [],
  avro: async body => {
    const decoder = new avsc.streams.BlockDecoder()
    const metadata = once(decoder, 'metadata')
    decoder.end(body)
    const [type] = await metadata
    return type.fields.map(({ name }: { name: string }) => name)
  },
  parquet: body => {
    const { schema } = parquetMetadata(new Uint8Array(body).buffer)
    const leafsOfHeaders = ['list', 'element', 'key', 'value']
    const names = schema.map(({ name }) => name).slice(1)
    names.splice(names.indexOf('headers') + 1, leafsOfHeaders.length)
    return names
  },
}

/** What the keys of a format's objects end in, and their Content-Encoding, by compression. */
const extensions: Record<FormatName, Record<CompressionName, [string, string | undefined]>> = {
  json: { none: ['json', undefined], gzip: ['json.gz', 'gzip'], zstd: ['json.zst', 'zstd'] },
  jsonl: { none: ['jsonl', undefined], gzip: ['jsonl.gz', 'gzip'], zstd: ['jsonl.zst', 'zstd'] },
  raw: { none: ['raw', undefined], gzip: ['raw.gz', 'gzip'], zstd: ['raw.zst', 'zstd'] },
  avro: { none: ['avro', undefined], gzip: ['avro', undefined], zstd: ['avro', undefined] },
  parquet: { none: ['parquet', undefined], gzip: ['parquet', undefined], zstd: ['parquet', undefined] },
}

describe.each(formatNames)('what the register says of %s is so:', format => {
  const facts = formats[format]
  const records: StoredRecord[] = Array.from({ length: 1000 }, (_, index) =>
    awkwardRecord({ headers: [{ key: 'h', value: Buffer.from('1') }] }, index),
  )
  const bytes = async (options: Parameters<typeof encodeWith>[1] = {}, of = records) =>
    (await encodeWith(of, { format, ...options })).body.toString('latin1')
  let plain: string
  beforeAll(async () => {
    plain = await bytes()
  })

  // Folders may not have the name of a column, so a missing one would be found by a reader only.
  test('its columns are those written with every option', async () => {
    const everything = { includeValueSize: true, maxInlineValueBytes: 1 }
    const { body } = await encodeWith(allAwkwardRecords, { format, ...everything })
    expect(await columnReaders[format](body)).toEqual(facts.columns)
  })

  test.each(compressionNames)('the extension and the content with compression %s', async compression => {
    const encoded = await encodeWith(records, { format, compression })
    const { extension, contentEncoding, contentType } = encoded
    expect([extension, contentEncoding]).toEqual(extensions[format]?.[compression])
    expect(contentType).toBe(facts.contentType)
    expect(extension).toBe(objectExtension(format, compression))
    expect(extension).toMatch(/^[a-z0-9]+(\.[a-z0-9]+)?$/)
    const { decompress } = compressions[facts.compressesInside ? 'none' : compression]
    if (lossless.includes(format)) expect(await codecs[format].decode(await decompress(encoded.body))).toEqual(records)
    if (compression !== 'none') expect(encoded.body.length).toBeLessThan(plain.length / 2)
  })

  test('whether it compresses inside', async () => {
    const inside = await codecs[format].encode(records, { ...keepEverything, compression: 'gzip' })
    expect(inside.length < plain.length / 2).toBe(facts.compressesInside)
  })

  test('whether keys can be left out', async () => {
    expect((await bytes({ includeKey: false })) === plain).toBe(facts.keys === 'always')
  })

  test('whether it holds headers, sizes of values and names of objects', async () => {
    const sized = records.map(record => ({ ...record, valueSize: 13 }))
    const elsewhere = sized.map(record => ({ ...record, value: null, valueObject: 'x' }))
    const withoutValues = records.map(record => ({ ...record, value: null }))
    const options = { includeValueSize: true, maxInlineValueBytes: 1 }
    expect((await bytes({ includeHeaders: false })) !== plain).toBe(facts.holdsHeaders)
    expect((await bytes({ includeValueSize: true }, sized)) !== plain).toBe(facts.holdsValueSizes)
    expect((await bytes(options, elsewhere)) !== (await bytes({}, withoutValues))).toBe(facts.holdsValueObjects)
  })

  test('what can separate records', async () => {
    const separators = { none: [], 'control characters': ['\r\n'], text: ['\r\n', '|'] }
    for (const recordSeparator of separators[facts.separator]) {
      expect((await bytes({ recordSeparator })).split(recordSeparator)).toHaveLength(records.length + 1)
    }
    if (facts.separator === 'none') expect(await bytes({ recordSeparator: '\r\n' })).toBe(plain)
  })

  test('what values can be', async () => {
    const change: Record<ValueContent, boolean> = { bytes: false, json: true, base64: true }
    const quoted = records.map(record => ({ ...record, value: Buffer.from('"text"') }))
    const asBytes = await bytes({}, quoted)
    for (const values of facts.valueContents) {
      // Values alone are JSON as they are.
      const isDifferent = change[values] && !(values === 'json' && !lossless.includes(format))
      expect((await bytes({ values }, quoted)) !== asBytes).toBe(isDifferent)
    }
    expect((await bytes({ values: 'base64' }, quoted)) !== asBytes).toBe(facts.valueContents.includes('base64'))
  })
})

describe('jsonl', () => {
  const text = async (records: StoredRecord[], options = {}) =>
    (await encodeWith(records, { format: 'jsonl', includeHeaders: false, ...options })).body.toString()

  test('is one line of JSON for each record', async () => {
    expect(await text([awkwardRecord({}, 1), awkwardRecord({ value: null }, 2)])).toBe(
      '{"key":"key-1","offset":1,"partition":3,"timestamp":1767225600001,"topic":"awkward.topic_1","value":"{\\"orderId\\":1}"}\n' +
        '{"key":"key-2","offset":2,"partition":3,"timestamp":1767225600002,"topic":"awkward.topic_1","value":null}\n',
    )
  })

  test('keeps a value of JSON in its line', async () => {
    const pretty = Buffer.from('{\r\n\t"a": [1.0,\n 2]\n}')
    expect(await text([awkwardRecord({ value: pretty })], { values: 'json' })).toContain(
      '"value":{   "a": [1.0,  2] }}\n',
    )
  })

  test('takes other separators of control characters', async () => {
    const encoded = await encodeWith(allAwkwardRecords, { format: 'jsonl', recordSeparator: '\r\n\u001e' })
    expect(encoded.body.toString().split('\r\n\u001e')).toHaveLength(allAwkwardRecords.length + 1)
    expect(legible(await decode(encoded))).toEqual(legible(allAwkwardRecords))
  })
})

describe('raw', () => {
  const bytes = async (options = {}) => {
    const records = [
      awkwardRecord({ key: Buffer.from('a'), value: Buffer.from('1') }),
      awkwardRecord({ key: null, value: Buffer.from('ff0a', 'hex') }),
      awkwardRecord({ key: Buffer.from('b'), value: null }),
    ]
    return (await encodeWith(records, { format: 'raw', includeKey: false, ...options })).body.toString('latin1')
  }

  test('is the values as they are, each with the separator behind it', async () => {
    expect(await bytes()).toBe('1\n\xff\n\n\n')
    expect(await bytes({ recordSeparator: '|' })).toBe('1|\xff\n||')
  })

  test('has the keys before a tab where that is asked for', async () => {
    expect(await bytes({ includeKey: true })).toBe('a\t1\n\t\xff\n\nb\t\n')
  })

  test('has base64 where values could be mistaken for separators', async () => {
    expect(await bytes({ values: 'base64' })).toBe('MQ==\n/wo=\n\n')
  })

  test('can’t be read back', async () => {
    expect(await formats.raw.load()).not.toHaveProperty('decode')
  })
})
