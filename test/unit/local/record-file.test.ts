import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileRecords } from '../../../local/record-file.ts'

let file: string

beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'records-')), 'records.jsonl')
})

afterEach(() => rm(join(file, '..'), { recursive: true, force: true }))

async function recordsOf(...lines: string[]) {
  await writeFile(file, lines.join('\n'))
  return await Array.fromAsync(fileRecords(file))
}

test('lines of a dump and of `consume --json` are records, with all that they have', async () => {
  const line =
    '{"headers":[{"key":"a","value":"/w==","valueEncoding":"base64"},{"key":"a","value":null}],"key":"/w==","keyEncoding":"base64","offset":3,"partition":1,"timestamp":5,"topic":"t","value":null}'
  const headers = [
    { key: 'a', value: Buffer.from([0xff]) },
    { key: 'a', value: null },
  ]
  expect(await recordsOf(line, '')).toEqual([{ key: Buffer.from([0xff]), value: null, headers, timestamp: 5 }])
})

test('a key or a value is enough; a value may be JSON, whose digits stay', async () => {
  const before = Date.now()
  const [first, second] = await recordsOf('{"key":"k"}', '{ "value": {"n":12345678901234567890} }')
  expect(first).toMatchObject({ key: Buffer.from('k'), value: null, headers: [] })
  expect(first?.timestamp).toBeGreaterThanOrEqual(before)
  expect(second).toMatchObject({ key: null, value: Buffer.from('{"n":12345678901234567890}') })
})

test.each(['text', '[1]', '{}', '{"key":5x}', '{"key":{"a":1}}', '{"key":1}'])(
  '%s is refused with its line',
  async line => {
    await expect(recordsOf('{"key":"k"}', line)).rejects.toThrow(
      /records\.jsonl, line 2: expected a record as JSON, such as/,
    )
  },
)

test('a file that is not there is an error', async () => {
  await expect(Array.fromAsync(fileRecords('/none.jsonl'))).rejects.toThrow(/no such file/)
})
