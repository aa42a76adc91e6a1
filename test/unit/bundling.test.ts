import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BuildOptions, build } from 'esbuild'
import { bundleOptions } from '../../lib/bundling.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-bundling-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Bundles a program as functions are, apart from what `options` say, and returns the file. */
async function bundle(name: string, contents: string, options: BuildOptions = {}): Promise<string> {
  const outfile = join(folder, `${name}.mjs`)
  const stdin = { contents, resolveDir: import.meta.dirname }
  await build({ ...bundleOptions, sourcemap: false, stdin, outfile, logLevel: 'error', ...options })
  return outfile
}

/** Runs a program that is bundled like this, and returns what it prints. */
async function run(name: string, contents: string, options?: BuildOptions): Promise<unknown> {
  const outfile = await bundle(name, contents, options)
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

test('a bundle loads what it uses of the modules of Node.js, and no more', async () => {
  const program = `
    import { existsSync } from 'node:fs'
    import { env } from 'process'
    import * as util from 'node:util'
    const isLoaded = name => process.moduleLoadList.includes('NativeModule ' + name)
    const before = ['fs/promises', 'stream', 'worker_threads'].filter(isLoaded)
    const same = [existsSync === process.getBuiltinModule('fs').existsSync, env === process.env, typeof util.promisify]
    console.log(JSON.stringify({ before, same }))`
  expect(await run('used', program)).toEqual({ before: [], same: [true, true, 'function'] })
})

test('a bundle has the modules of Node.js however it asks for them', async () => {
  const program = `
    import fs, { promises } from 'fs'
    import * as all from 'node:fs'
    import { readFile as again } from 'node:fs/promises'
    export { createHash } from 'node:crypto'
    const lazy = await import('node:fs')
    const name = ['node', 'fs'].join(':')
    const asked = [require('fs'), require('node:fs'), require(name), all.default, lazy.default]
    const names = Object.keys(fs).filter(name => !(name in all && name in lazy))
    console.log(JSON.stringify({ same: asked.map(one => one === fs), names, read: promises.readFile === again }))`
  expect(await run('ways', program)).toEqual({ same: [true, true, true, true, true], names: [], read: true })
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

test('a bundle has those schemas of the AWS SDK that it uses', async () => {
  const file = await bundle('used-schemas', "export { PutObject$ } from '@aws-sdk/client-s3'")
  const text = await readFile(file, 'utf8')
  expect(text).toContain('PutObjectRequest')
  expect(text).not.toContain('CompleteMultipartUploadRequest')
})

test.each(['client-s3', 'client-lambda', 'client-cloudformation'])(
  'schemas of %s are as the SDK has them',
  async name => {
    const program = `
    import { inspect } from 'node:util'
    import * as sdk from '@aws-sdk/${name}'
    const schemas = Object.keys(sdk).filter(name => name.endsWith('$')).toSorted()
    console.log(JSON.stringify(schemas.map(name => [name, inspect(sdk[name], { depth: 4, maxArrayLength: null })])))`
    const schemas = await run(name, program, { minify: false })
    expect(schemas).not.toEqual([])
    expect(schemas).toEqual(await run(`${name}-itself`, program, { minify: false, plugins: [] }))
  },
)
