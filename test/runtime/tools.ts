import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const client = join(import.meta.dirname, 'client')

/** The package that carries the emulator. Source: aws-sam-cli, `samcli/local/rapid`. */
const SAM = 'aws-sam-cli==1.170.0'
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'x86_64', arm64: 'arm64' }

export interface RuntimeTools {
  /** Lambda's side: takes invocations and hands them to the runtime. */
  emulator: string
  /** The runtime's side: AWS's own client, which loads the handler and calls it. */
  client: string
}

/**
 * Lambda's runtime interface client and emulator, in the cache; fetched, and the client compiled, on first use.
 *
 * @throws an error that says what is missing on this machine
 */
export async function runtimeTools(): Promise<RuntimeTools> {
  const lock = await readFile(join(client, 'package-lock.json'))
  const version = createHash('sha256').update(lock).update(SAM).update(process.arch).digest('hex').slice(0, 12)
  const folder = join(root, '.cache', `lambda-runtime-${version}`)
  if (!existsSync(folder)) await install(folder)
  return { emulator: join(folder, 'emulator'), client: join(folder, 'node_modules/aws-lambda-ric/index.mjs') }
}

/** Made beside its place and renamed, so that an interrupted installation leaves nothing half. */
async function install(folder: string): Promise<void> {
  if (process.platform !== 'linux') throw new Error('Lambda’s emulator runs on Linux only; CI runs these tests.')
  const unfinished = `${folder}.${process.pid}`
  try {
    await mkdir(unfinished, { recursive: true })
    await installEmulator(unfinished)
    await installClient(unfinished)
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

async function installClient(folder: string): Promise<void> {
  await cp(client, folder, { recursive: true })
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder }).catch(cause => {
    const needs =
      'It is compiled here: install cmake, make, a C++ compiler and Python (apt install cmake g++ make xz-utils).'
    throw new Error(`aws-lambda-ric could not be installed. ${needs}\n${cause.stderr}`, { cause })
  })
}

async function installEmulator(folder: string): Promise<void> {
  const architecture = architectures[process.arch]
  const unpack = [
    'import glob, sys, zipfile',
    "wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])",
    "open(sys.argv[1] + '/emulator', 'wb').write(wheel.read('samcli/local/rapid/aws-lambda-rie-' + sys.argv[2]))",
  ]
  await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, SAM])
  await run('python3', ['-c', unpack.join('\n'), folder, `${architecture}`])
  await chmod(join(folder, 'emulator'), 0o755)
}
