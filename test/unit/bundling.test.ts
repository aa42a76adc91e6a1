import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { bundleOptions } from '../../lib/bundling.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-bundling-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Bundles a program as functions are, runs it, and returns what it prints. */
async function run(name: string, contents: string): Promise<unknown> {
  const outfile = join(folder, `${name}.mjs`)
  const stdin = { contents, resolveDir: import.meta.dirname }
  await build({ ...bundleOptions, sourcemap: false, stdin, outfile, logLevel: 'error' })
  return JSON.parse((await promisify(execFile)(process.execPath, [outfile])).stdout)
}

test('a bundle has all of http, and a start doesn’t load the client for fetch', async () => {
  const program = `
    import { request } from 'node:http'
    import http from 'http'
    const loaded = process.moduleLoadList.some(name => name.includes('undici'))
    console.log(JSON.stringify({ loaded, same: http.request === request, lazily: typeof http.WebSocket }))`
  expect(await run('http', program)).toEqual({ loaded: false, same: true, lazily: 'function' })
})

test('the Kafka client checks its options where it is asked to', async () => {
  const program = `
    import { Base } from '@platformatic/kafka'
    const problemOf = options => {
      try {
        new Base({ clientId: 'test', bootstrapBrokers: ['localhost:9092'], strict: true, ...options })
      } catch (error) {
        return error.message
      }
    }
    console.log(JSON.stringify([problemOf({ retries: 'many' }), problemOf({ retries: 1 }) ?? null]))
    process.exit()`
  expect(await run('options', program)).toEqual([expect.stringContaining('retries'), null])
})
