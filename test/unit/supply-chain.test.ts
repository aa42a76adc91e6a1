import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = new URL('../..', import.meta.url).pathname
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const json = (file: string) => JSON.parse(text(file))

interface LockedPackage {
  version: string
  hasInstallScript?: true
  dev?: true
  integrity?: string
  inBundle?: true
}

/** A `package.json` whose packages are installed, and its lockfile. */
const projects = ['.', 'test/runtime/client'].map(folder => ({
  manifest: json(join(folder, 'package.json')),
  locked: Object.entries<LockedPackage>(json(join(folder, 'package-lock.json')).packages).filter(
    ([place]) => place !== '',
  ),
}))

const [published] = projects

const nameOf = (place: string) => place.split('node_modules/').at(-1) as string

/** The rows of the table of install scripts in SECURITY.md: whether each package's script may run. */
const explained = Object.fromEntries(
  Array.from(text('SECURITY.md').matchAll(/^\| `([^`]+)` \| [^|]+ \| (yes|no) \| [^|]+ \|$/gm), ([, name, allowed]) => [
    name,
    allowed === 'yes',
  ]),
)

test('each install script of a dependency is explained in SECURITY.md, and allowed or refused as it says there', () => {
  const scripts = projects.flatMap(({ locked }) => locked.filter(([, { hasInstallScript }]) => hasInstallScript))
  expect(new Set(Object.keys(explained))).toEqual(new Set(scripts.map(([place]) => nameOf(place))))
  expect(explained).toEqual(Object.assign({}, ...projects.map(({ manifest }) => manifest.allowScripts)))
})

test('no install script is that of a production dependency', () => {
  expect(published?.locked.filter(([, { dev, hasInstallScript }]) => hasInstallScript && !dev)).toEqual([])
})

test('each locked package has the digest of what is installed, itself or with the package that it is part of', () => {
  for (const { locked } of projects)
    expect(locked.filter(([, { integrity, inBundle }]) => !integrity && !inBundle)).toEqual([])
})

test('what tests and the local stack fetch from elsewhere has an exact version', () => {
  const requirements = globSync('test/**/*requirements.txt', { cwd: root }).flatMap(file =>
    text(file).trim().split('\n'),
  )
  expect(requirements.length).toBeGreaterThan(0)
  for (const line of requirements) expect(line).toMatch(/^[\w.-]+(\[[\w,]+\])?==[\w.]+$/)
  const poms = globSync('{local,test}/**/pom.xml', { cwd: root })
  const versions = poms.flatMap(file =>
    Array.from(text(file).matchAll(/<([\w.]*version)>(.*?)<\/\1>/g), ([, , is]) => is),
  )
  for (const version of versions) expect(version).toMatch(/^(\d[\w.-]*|\$\{[\w.]+\.version\})$/)
})

test('npm run sbom writes the production dependencies as CycloneDX, all of them and no others', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'sbom'], { cwd: root })
  const { bomFormat, specVersion, metadata, components } = JSON.parse(stdout) as {
    bomFormat: string
    specVersion: string
    metadata: { component: { name: string } }
    components: { name: string; version: string; purl: string; hashes: object[] }[]
  }
  expect([bomFormat, specVersion, metadata.component.name]).toEqual(['CycloneDX', '1.5', 'kafka-functions'])
  const production = published?.locked.filter(([, { dev }]) => !dev) ?? []
  expect(new Set(components.map(({ name, version }) => `${name}@${version}`))).toEqual(
    new Set(production.map(([place, { version }]) => `${nameOf(place)}@${version}`)),
  )
  const named = new Set(components.map(({ name }) => name))
  for (const name of Object.keys(published?.manifest.dependencies)) expect(named).toContain(name)
  for (const { purl, hashes } of components)
    expect([purl, hashes]).toEqual([expect.stringMatching(/^pkg:npm\//), [expect.objectContaining({ alg: 'SHA-512' })]])
})
