import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { mergeChunks } from '../../../lib/bundles/merge-chunks.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-chunks-'))
})
afterEach(() => rm(folder, { recursive: true }))

const options = {
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  format: 'esm',
  platform: 'node',
  outExtension: { '.js': '.mjs' },
  logLevel: 'error',
} as const

/** Bundles sources, of which `entry.ts` is the entry, into a folder of its own, and gives the names of the files. */
async function bundle(sources: Record<string, string>): Promise<string[]> {
  for (const [name, text] of Object.entries(sources)) await writeFile(join(folder, name), text)
  const built = await build({
    ...options,
    bundle: true,
    splitting: true,
    metafile: true,
    write: false,
    entryPoints: [join(folder, 'entry.ts')],
    outdir: join(folder, 'bundle'),
  })
  const files = await mergeChunks(built, { entry: 'entry.mjs', core: 'core.mjs', options })
  await mkdir(join(folder, 'bundle'))
  for (const [name, contents] of files) await writeFile(join(folder, 'bundle', name), contents)
  return [...files.keys()].map(name => name.replace(/-\w{8}\./, '.')).toSorted()
}

async function run(): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--enable-source-maps',
    join(folder, 'bundle/entry.mjs'),
  ])
  return JSON.parse(stdout)
}

/** An entry that awaits files that are loaded on first use, each of which shares other modules with it. */
const sources = {
  'entry.ts': `
    import { count } from './counter.ts'
    import { fail } from './fail.ts'
    import { shout } from './shout.ts'
    count()
    const { counted } = await import('./lazy.ts')
    const { said } = await import('./other.ts')
    let stack = ''
    try { fail() } catch (error) { stack = error.stack }
    console.log(JSON.stringify({ counted: counted(), said: said(), shouted: shout('b'), stack: stack.split('\\n').slice(1, 3) }))`,
  'counter.ts': `let calls = 0\nexport const count = () => ++calls`,
  'shout.ts': `export const shout = (text: string) => text.toUpperCase()`,
  'fail.ts': `// It fails on line 3.\nexport const fail = () => {\n  throw new Error('failed')\n}`,
  'lazy.ts': `
    import { count } from './counter.ts'
    import { fail } from './fail.ts'
    export const counted = () => [count(), typeof fail]`,
  'other.ts': `
    import { shout } from './shout.ts'
    import { count } from './counter.ts'
    export const said = () => shout('a') + count()`,
}

test('what an entry imports is in one file, and each module exists once', async () => {
  const files = await bundle(sources)
  expect(files.filter(name => name.endsWith('.mjs'))).toEqual(['core.mjs', 'entry.mjs', 'lazy.mjs', 'other.mjs'])
  expect(await run()).toMatchObject({ counted: [2, 'function'], said: 'A3', shouted: 'B' })
})

test('stack traces name lines of the sources', async () => {
  await bundle(sources)
  expect(await run()).toMatchObject({
    stack: [expect.stringContaining(join(folder, 'fail.ts:3:')), expect.stringContaining(join(folder, 'entry.ts:9:'))],
  })
})

test('an entry that shares nothing stays as it is', async () => {
  expect(await bundle({ 'entry.ts': `console.log('1')` })).toEqual(['entry.mjs', 'entry.mjs.map'])
  expect(await run()).toBe(1)
})
