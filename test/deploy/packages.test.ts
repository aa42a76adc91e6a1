import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { API_PAGE, apiPage } from '../../local/api-page.ts'
import { buildPackages } from '../support/built-package.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

/** The packages, with the most bytes that their archives may have. */
const packages = [
  { name: 'kafka-functions', folder: root, mostBytes: 10 * 2 ** 20 },
  { name: 'serverless-offline-kafka', folder: join(root, 'packages/serverless-offline-kafka'), mostBytes: 2 ** 20 },
]

interface Packed {
  filename: string
  size: number
  files: { path: string }[]
}

let archives: string
let packed: Record<string, Packed>

beforeAll(async () => {
  archives = await mkdtemp(join(tmpdir(), 'kafka-functions-packages-'))
  await buildPackages()
  const entries = packages.map(async ({ name, folder }) => {
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', archives]
    const { stdout } = await run('npm', args, { cwd: folder, maxBuffer: 2 ** 26 })
    return [name, JSON.parse(stdout)[0]]
  })
  packed = Object.fromEntries(await Promise.all(entries))
})

afterAll(() => rm(archives, { recursive: true, force: true }))

/** What may be in a package, by its path there. */
const allowed = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|connectors\.schema\.json)$/,
  /^build\/(lib|functions|local|cli)\/.*\.(js|js\.map|d\.ts|d\.cts|cjs|xml|properties)$/,
  // What the console sends to a browser.
  /^build\/lib\/console\/page\/.*\.(css|svg)$/,
  // Where source maps lead.
  /^(lib|functions)\/.*(?<!\.test)\.ts$/,
  /^build\/bundles\/[\w-]+\/functions\/[\w.-]+\.mjs(\.map)?$/,
]

test.each(packages)('$name has what it needs and nothing else', ({ name, folder, mostBytes }) => {
  const { files, size } = packed[name] as Packed
  const paths = files.map(({ path }) => path)
  expect(paths.filter(path => !allowed.some(pattern => pattern.test(path)))).toEqual([])
  expect(size).toBeLessThan(mostBytes)
  const { bin = {}, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const entries = JSON.stringify([bin, exports]).matchAll(/"(?:\.\/)?(build\/[^"]+)"/g)
  for (const [, entry] of entries) expect(paths).toContain(entry)
})

test.each(packages)('nothing in $name names a folder of this machine or a registry', async ({ name, folder }) => {
  const found: string[] = []
  for (const { path } of (packed[name] as Packed).files) {
    const text = await readFile(join(folder, path), 'utf8')
    if (text.includes(root) || /registry\.(npmjs|yarnpkg)\.|_resolved/.test(text)) found.push(path)
  }
  expect(found).toEqual([])
})

/** The plugin makes bundles itself only from the sources of this project. */
const ofBundling = ['esbuild', '@jridgewell/sourcemap-codec']

const IMPORT = /(?:^|[;\s])(?:from|import|import\(|require\() ?["']([^"'.\s][^"'\s]*)["']/gm

test.each(packages)('$name depends on each package that its code and types import', ({ folder }) => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const known = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), ...builtinModules])
  const missing = globSync('build/{lib,functions,local,cli}/**/*.{js,cjs}', { cwd: folder }).flatMap(file =>
    // Comments have examples, which import this package itself.
    Array.from(
      readFileSync(join(folder, file), 'utf8')
        .replaceAll(/^\s*\/\*\*[\s\S]*?\*\//gm, '')
        .matchAll(IMPORT),
      ([, imported = '']) => imported,
    )
      .filter(imported => !imported.startsWith('node:'))
      .map(imported => /^(@[^/]+\/)?[^/]+/.exec(imported)?.[0] ?? imported)
      .filter(imported => !known.has(imported) && !ofBundling.includes(imported))
      .map(imported => `${file}: ${imported}`),
  )
  expect(missing).toEqual([])
})

test.each(packages)('each entry of $name is loaded by ES modules and by CommonJS', async ({ name, folder }) => {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const entries = Object.keys(exports)
    .filter(entry => !entry.endsWith('.json'))
    .map(entry => name + entry.slice(1))
  const installed = await unpacked(name)
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'))
  const program = `for (const entry of ${JSON.stringify(entries)}) { require(entry); await import(entry) }`
  const prelude = "import { createRequire } from 'node:module'; const require = createRequire(process.cwd() + '/x.js');"
  await run(process.execPath, ['--input-type=module', '-e', prelude + program], { cwd: installed })
  await rm(installed, { recursive: true })
})

test.each(packages)('each source map of $name leads to a source that is there', ({ name, folder }) => {
  const paths = new Set((packed[name] as Packed).files.map(({ path }) => path))
  const lost = [...paths].filter(path => {
    if (!/^build\/(lib|functions|local|cli)\/.*\.map$/.test(path)) return false
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(folder, path), 'utf8'))
    return sourcesContent === undefined && !paths.has(normalize(join(dirname(path), sources[0])))
  })
  expect(lost).toEqual([])
})

/** The package in a new folder. */
async function unpacked(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-unpacked-'))
  const archive = join(archives, (packed[name] as Packed).filename)
  await run('tar', ['xzf', archive, '--strip-components=1', '-C', folder])
  return folder
}

test('no function’s bundle has anything of the console', () => {
  const maps = globSync('build/bundles/*/functions/*.map', { cwd: root })
  const found = maps.flatMap(file => {
    const { sources } = JSON.parse(readFileSync(join(root, file), 'utf8')) as { sources: string[] }
    const ofConsole = sources.filter(source => /(^|\/)lib\/console\/|^(preact|hooks|htm|uPlot)\b/.test(source))
    return ofConsole.map(source => `${file}: ${source}`)
  })
  expect(maps).not.toEqual([])
  expect(found).toEqual([])
})

test('the package’s console sends a page with all that it loads, as JavaScript', async () => {
  const installed = await unpacked('kafka-functions')
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'))
  // A URL, because a path may have characters that are special there.
  const file = pathToFileURL(join(installed, 'build/lib/console/console.js')).href
  const program = `
    const { startConsole } = await import(${JSON.stringify(file)})
    const shown = await startConsole({ connectors: [], deployment: { service: 'shop-dev', config: {}, isLocal: false } })
    console.log(shown.url)
    process.stdin.on('end', () => shown.close()).resume()
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [url] = (await once(child.stdout, 'data')) as [Buffer]
    const loaded = await loadedPage(url.toString().trim())
    expect(loaded.filter(({ status, type }) => status !== 200 || !/javascript|css|svg/.test(type))).toEqual([])
    const paths = loaded.map(({ path }) => path)
    const modules = globSync('**/*.js', { cwd: join(installed, 'build/lib/console/page') })
    expect(modules.length).toBeGreaterThan(7)
    expect(paths).toEqual(expect.arrayContaining(modules.map(name => `/page/${name}`)))
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
    await rm(installed, { recursive: true })
  }
})

interface LoadedFile {
  path: string
  status: number
  type: string
}

/** Loads a console's page as a browser does, with each file that its modules can import. */
async function loadedPage(url: string): Promise<LoadedFile[]> {
  const entered = await fetch(url, { redirect: 'manual' })
  const headers = { cookie: entered.headers.get('set-cookie')?.split(';')[0] ?? '' }
  const html = await (await fetch(new URL('/', url), { headers })).text()
  const waiting = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), ([, path = '']) => path)
  const loaded = new Map<string, LoadedFile>()
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (loaded.has(path)) continue
    const response = await fetch(new URL(path, url), { headers })
    const type = response.headers.get('content-type') ?? ''
    loaded.set(path, { path, status: response.status, type })
    const text = await response.text()
    if (!type.includes('javascript')) continue
    for (const [, name = ''] of text.matchAll(/(?:\bfrom ?|\bimport ?\(? ?)["'](\.[^"']+)["']/g))
      waiting.push(new URL(name, new URL(path, url)).pathname)
  }
  return [...loaded.values()]
}

test.each(packages)('publint and attw find nothing in $name', async ({ name }) => {
  const archive = join(archives, (packed[name] as Packed).filename)
  const found = (error: { stdout: string; message: string }) => error.stdout || error.message
  const publint = await run(bin('publint'), ['run', archive, '--strict']).then(() => '', found)
  const attw = await run(bin('attw'), [archive, '--format', 'ascii']).then(() => '', found)
  expect([publint, attw]).toEqual(['', ''])
})

test.each<[string, Record<string, string>]>([
  ['commonjs', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  ['node16', { module: 'node16' }],
  ['nodenext', { module: 'nodenext' }],
  ['esnext with a bundler', { module: 'esnext', moduleResolution: 'bundler' }],
])('a CommonJS project in TypeScript with the modules %s takes the types', async (_, compilerOptions) => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-types-'))
  await run('mkdir', ['-p', join(folder, 'node_modules/@types')])
  await symlink(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  await symlink(join(root, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'))
  await run('mkdir', ['-p', join(folder, 'node_modules/kafka-functions')])
  const archive = join(archives, (packed['kafka-functions'] as Packed).filename)
  const wanted = ['package/package.json', 'package/build/lib/index.d.ts', 'package/build/lib/index.d.cts']
  const into = join(folder, 'node_modules/kafka-functions')
  await run('tar', ['xzf', archive, '--strip-components=1', '-C', into, ...wanted])
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}')
  await writeFile(
    join(folder, 'handler.ts'),
    `import { createDump, type EventHandler } from 'kafka-functions'
     const dump: Promise<EventHandler> = createDump({ FORMAT: 'parquet' })
     export const handler = async (event: unknown, context: unknown) => (await dump)(event, context)
     // @ts-expect-error: there is no such format
     createDump({ FORMAT: 'csv' })
    `,
  )
  const options = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, types: ['node'] }
  const config = { compilerOptions: { ...options, ...compilerOptions }, files: ['handler.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  // A compiler that still has all of these modes.
  const compiler = globSync(join(root, 'node_modules/@microsoft/api-extractor/node_modules/typescript/bin/tsc'))[0]
  const findings = await run(process.execPath, [compiler as string, '-p', folder]).then(
    () => '',
    error => error.stdout,
  )
  await rm(folder, { recursive: true })
  expect(findings).toBe('')
})

test('docs/api.md is what the docstrings say; `npm run docs:api` writes it', () => {
  const rollup = readFileSync(join(root, 'build/lib/index.d.ts'), 'utf8')
  expect(readFileSync(join(root, API_PAGE), 'utf8')).toBe(apiPage(rollup))
})
