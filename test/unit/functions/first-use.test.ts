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

test('a cold start loads no format of objects or values, none of their libraries, and nothing that reads secrets', async () => {
  const file = new URL('../../../functions/dump.ts', import.meta.url).href
  const env = { ...process.env, S3_BUCKET: 'bucket', FORMAT: 'parquet', VALUE_FORMAT: 'json' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, file], { env })
  const loaded = JSON.parse(stdout) as string[]
  const ofRegisters = loaded.flatMap(url => /lib\/((formats|values)\/.*)$/.exec(url)?.[1] ?? [])
  expect(ofRegisters.toSorted()).toEqual([
    ...['formats/compression.ts', 'formats/encode.ts', 'formats/index.ts'],
    ...['values/decode.ts', 'values/decoded-memory.ts', 'values/index.ts'],
  ])
  const later = /lib\/aws\/json-client|lib\/secrets\/fetch|lib\/schema-registry|(avsc|hyparquet[\w-]*|protobufjs)\//
  expect(loaded.filter(url => later.test(url))).toEqual([])
})
