import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Imports a function as a cold start does, and prints what was loaded for it. */
const program = `
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
  await import(process.argv[1])
  console.log(JSON.stringify(loaded))
`

/** What a function loads before its first event. */
async function loadedBy(name: string, environment: Record<string, string>): Promise<string[]> {
  const file = new URL(`../../../functions/${name}.ts`, import.meta.url).href
  const env = { ...process.env, S3_BUCKET: 'bucket', FORMAT: 'parquet', VALUE_FORMAT: 'json', ...environment }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, file], { env })
  return JSON.parse(stdout)
}

/** The files of these rooms among them. */
const filesOf = (loaded: string[], rooms: string) =>
  loaded.flatMap(url => new RegExp(`lib/((${rooms})/.*)$`).exec(url)?.[1] ?? []).toSorted()

/** Libraries of formats, and what reads secrets. */
const later = /lib\/aws\/json-client|lib\/secrets\/fetch|lib\/schema-registry|(avsc|hyparquet[\w-]*|protobufjs)\//

// With rotation, the rest of `staging` is loaded with the first batch.
test.each<Record<string, string>>([{}, { ROTATE_FLUSH_SIZE: '1000' }])(
  'a cold start of dump with %j loads no format of objects or values, none of their libraries, and nothing that reads secrets',
  async environment => {
    const loaded = await loadedBy('dump', environment)
    expect(filesOf(loaded, 'formats|values|staging|commits|compaction')).toEqual([
      'compaction/rotation.ts',
      ...['formats/compression.ts', 'formats/decompress.ts', 'formats/encode.ts', 'formats/index.ts'],
      'formats/row-group.ts',
      ...['staging/form.ts', 'staging/name.ts'],
      ...['values/decode.ts', 'values/decoded-memory.ts', 'values/index.ts'],
    ])
    expect(loaded.filter(url => later.test(url))).toEqual([])
  },
)

test('a cold start of compact loads no format, and not the client that passes on what is left', async () => {
  const loaded = await loadedBy('compact', { ROTATE_FLUSH_SIZE: '1000' })
  expect(loaded.filter(url => later.test(url) || url.includes('client-lambda'))).toEqual([])
  expect(filesOf(loaded, 'formats')).not.toContain('formats/parquet.ts')
  expect(filesOf(loaded, 'lambda')).toEqual([])
})
