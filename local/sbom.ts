import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const read = async (file: string) => JSON.parse(await readFile(new URL(`../${file}`, import.meta.url), 'utf8'))

/**
 * The production dependencies of the lockfile as CycloneDX, by npm, from a project that has nothing else. npm's own
 * `--omit dev` leaves out production dependencies that a development dependency needs as well.
 */
async function productionSbom(): Promise<string> {
  const [{ devDependencies: _, ...manifest }, lockfile] = await Promise.all(
    ['package.json', 'package-lock.json'].map(read),
  )
  const production = Object.entries<{ dev?: true }>(lockfile.packages).filter(([, { dev }]) => !dev)
  const packages = { ...Object.fromEntries(production), '': manifest }
  const parent = await mkdtemp(join(tmpdir(), 'kafka-functions-sbom-'))
  // npm calls the project as its folder is called.
  const folder = join(parent, manifest.name)
  try {
    await mkdir(folder)
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lockfile, packages }))
    const command = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
    const { stdout } = await promisify(execFile)('npm', command, { cwd: folder, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

process.stdout.write(await productionSbom())
