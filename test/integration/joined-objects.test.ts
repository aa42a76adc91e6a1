import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compressionNames } from '../../lib/formats/compression.ts'
import type { StoredRecord } from '../../lib/formats/format.ts'
import { type FormatName, formats, type ObjectForm, objectExtension, objectForm } from '../../lib/formats/index.ts'
import { allAwkwardRecords, awkwardRecord } from '../support/awkward-records.ts'
import { fileSource } from '../support/file-source.ts'
import { inHex } from '../support/foreign-readers.ts'
import { keepEverything } from '../support/formats.ts'
import { pythonTools } from '../support/python-tools.ts'

const run = promisify(execFile)
const readScript = new URL('../python/read_objects.py', import.meta.url).pathname
const writeScript = new URL('../python/write_objects.py', import.meta.url).pathname

let python: string
let folder: string
beforeAll(async () => {
  python = join(await pythonTools('test/python/requirements.txt'), 'python')
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-joined-'))
})
afterAll(() => rm(folder, { recursive: true }))

// One record alone, some, many, and what is awkward.
const many = Array.from({ length: 3_000 }, (_, index) =>
  awkwardRecord({ value: Buffer.from(`{"n":${index}}`) }, 100 + index),
)
const parts = [
  many.slice(0, 1),
  allAwkwardRecords,
  ...Array.from({ length: 30 }, (_, i) => many.slice(1 + i * 100, 101 + i * 100)),
]

async function joinedObject(format: FormatName, compression: ObjectForm['compression']): Promise<Buffer> {
  const options = { ...keepEverything, compression, recordSeparator: '\n' }
  const { joining } = await formats[format].load()
  const object = joining.begin(options, `${format}-${compression}`)
  const bytes: Buffer[] = []
  for (const part of parts) bytes.push(...(await object.add(await joining.frame(part, options))))
  return Buffer.concat([...bytes, ...(await object.end())])
}

/** What the reader finds in an object of each compression. */
async function foreign(reader: string, format: FormatName): Promise<unknown[][]> {
  const files: string[] = []
  for (const compression of compressionNames) {
    const file = join(folder, `${compression}.${objectExtension(format, compression)}`)
    await writeFile(file, await joinedObject(format, compression))
    files.push(file)
  }
  const { stdout } = await run(python, [readScript, reader, ...files], { maxBuffer: 100e6 })
  const found: unknown[] = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const size = Math.ceil(found.length / files.length)
  return files.map((_, index) => found.slice(index * size, (index + 1) * size))
}

test.each<[FormatName, string]>([
  ['json', 'DuckDB, json'],
  ['jsonl', 'DuckDB, jsonl'],
  ['avro', 'fastavro, avro'],
  ['parquet', 'DuckDB, parquet'],
  ['parquet', 'pyarrow, parquet'],
])('an object of many frames of %s has every record once for %s, whatever the compression', async (format, reader) => {
  const expected = parts.flat().map(inHex)
  expect(await foreign(reader, format)).toEqual(compressionNames.map(() => expected))
})

test('an object of many frames of raw has the lines of all of them for Python', async () => {
  const { encode } = await formats.raw.load()
  const text = (await encode(parts.flat(), keepEverything)).toString('latin1')
  const lines = text.split(/(?<=\n)/).map(line => Buffer.from(line, 'latin1').toString('hex'))
  expect(await foreign('Python, raw', 'raw')).toEqual(compressionNames.map(() => lines))
})

test('all records of other people’s objects are read, out of several members, frames, blocks and row groups', async () => {
  const written = await mkdtemp(join(folder, 'written-'))
  await run(python, [writeScript, written])
  const text = (bytes: Buffer | null) => bytes?.toString() ?? null
  const noise = (offset: number) =>
    createHash('shake256', { outputLength: 5_000 }).update(`${offset}`).digest().toString()
  const expected = Array.from({ length: 1_000 }, (_, index) => ({
    topic: 'orders',
    partition: 3,
    offset: index,
    timestamp: 1_767_225_600_000 + index,
    key: `key-${index % 7}`,
    value: index % 10 === 0 ? null : `{"größe":${index}}`,
    headers: Array.from({ length: index % 3 }, (_, number) => ({ key: 'h', value: `${number}` })),
  }))
  const files = await readdir(written)
  expect(files).toHaveLength(17)
  for (const name of files) {
    const extension = name.startsWith('several.')
      ? name.slice('several.'.length)
      : name.slice(name.lastIndexOf('.') + 1)
    const { format, compression } = objectForm(extension) as ObjectForm
    const source = await fileSource(join(written, name))
    const { read } = await formats[format].load()
    const records: StoredRecord[] = (await Array.fromAsync(read?.(source, compression) ?? [])).flat()
    await source.close()
    const legible = records.map(({ key, value, headers, ...record }) => ({
      ...record,
      key: text(key),
      value: text(value),
      headers: headers.map(header => ({ ...header, value: text(header.value) })),
    }))
    const large = expected.map(record => ({ ...record, value: noise(record.offset) }))
    expect({ name, records: legible }).toEqual({ name, records: name.startsWith('large') ? large : expected })
  }
})
