import { once } from 'node:events'
import avsc from 'avsc'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { columnsOf } from '../../../lib/formats/columns.ts'
import type { StoredRecord } from '../../../lib/formats/format.ts'
import { type FormatName, formatNames, loadFormat } from '../../../lib/formats/index.ts'
import { records } from '../../support/arbitrary-records.ts'
import { allAwkwardRecords, awkwardRecord, awkwardRecords } from '../../support/awkward-records.ts'
import { compressionNames, decode, encodeWith, legible } from '../../support/formats.ts'

/** The contract of all formats that keep everything. */
const lossless: FormatName[] = formatNames.filter(name => name !== 'raw')

describe.each(lossless)('%s keeps', format => {
  test.each(Object.entries(awkwardRecords))('%s', async (_, fields) => {
    const record = awkwardRecord(fields)
    expect(legible(await decode(await encodeWith([record], { format })))).toEqual(legible([record]))
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
  ])('refuses %s', async (what, bytes) => {
    if (format === 'jsonl' && what === 'nothing') return
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

test.each(['avro', 'parquet'] as const)('%s refuses a file that is cut off', async format => {
  const { body, extension } = await encodeWith(allAwkwardRecords, { format })
  await expect(decode({ body: body.subarray(0, -100), extension })).rejects.toMatchObject({
    code: 'RECORD_UNDECODABLE',
  })
})

// Folders may not have the name of a column, so a column that isn't in the list would be found by a reader only.
describe('the list of columns is what is written with every option', () => {
  const everything = { includeValueSize: true, maxInlineValueBytes: 1 }

  test('as parquet', async () => {
    const { body } = await encodeWith(allAwkwardRecords, { format: 'parquet', ...everything })
    const { schema } = parquetMetadata(new Uint8Array(body).buffer)
    const leafsOfHeaders = ['list', 'element', 'key', 'value']
    const names = schema.map(({ name }) => name).slice(1)
    names.splice(names.indexOf('headers') + 1, leafsOfHeaders.length)
    expect(names).toEqual(columnsOf('parquet'))
  })

  test('as avro', async () => {
    const { body } = await encodeWith(allAwkwardRecords, { format: 'avro', ...everything })
    const decoder = new avsc.streams.BlockDecoder()
    const metadata = once(decoder, 'metadata')
    decoder.end(body)
    const [type] = await metadata
    expect(type.fields.map(({ name }: { name: string }) => name)).toEqual(columnsOf('avro'))
  })
})

describe('what the key ends in', () => {
  test.each([
    ['json', 'none', 'json', undefined],
    ['json', 'gzip', 'json.gz', 'gzip'],
    ['jsonl', 'zstd', 'jsonl.zst', 'zstd'],
    ['raw', 'gzip', 'raw.gz', 'gzip'],
    ['avro', 'gzip', 'avro', undefined],
    ['parquet', 'zstd', 'parquet', undefined],
  ] as const)('%s with %s: .%s', async (format, compression, extension, contentEncoding) => {
    const encoded = await encodeWith([awkwardRecord({})], { format, compression })
    expect([encoded.extension, encoded.contentEncoding]).toEqual([extension, contentEncoding])
  })

  test.each(['avro', 'parquet'] as const)('%s is compressed inside', async format => {
    const records = Array.from({ length: 1000 }, (_, index) => awkwardRecord({}, index))
    const [none, gzip, zstd] = await Promise.all(
      compressionNames.map(async compression => (await encodeWith(records, { format, compression })).body.length),
    )
    expect(gzip).toBeLessThan((none ?? 0) / 2)
    expect(zstd).toBeLessThan((none ?? 0) / 2)
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
    expect(await loadFormat('raw')).not.toHaveProperty('decode')
  })
})
