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
