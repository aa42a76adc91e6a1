import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../local/framework.ts'
import { buildPackages } from './built-package.ts'

const run = promisify(execFile)

/** What people install besides, in the versions that this project is developed with. */
const BESIDES = ['serverless', 'serverless-offline', 'serverless-esbuild', 'esbuild']

/** Variables of the developer's environment that would change what a service or the AWS SDK does, or lead back to this project. */
const OWN = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT|CONNECTORS|OFFLINE|NODE_|npm_|INIT_CWD)/

/** A service that runs on this machine. */
export interface RunningService {
  /** Resolves with the lines so far once one of them contains the text; rejects if the service ends before. */
  until(text: string): Promise<string[]>
  stop(): Promise<void>
}

/** A project outside this one, with the package installed as people install it. Its services are folders in it. */
export interface OwnProject {
  /** Writes the files of a service, by their paths. */
  write(service: string, files: Record<string, string>): Promise<string>
  /**
   * Runs `serverless` in a service's folder, without credentials unless they are given.
   *
   * @returns what it printed
   * @throws with what it printed when its exit code is not 0
   */
  serverless(service: string, args: string[], environment?: Record<string, string>): Promise<string>
  /** Starts `serverless offline` in a service's folder. It can't outlive this process. */
  offline(service: string, environment: Record<string, string>): RunningService
  remove(): Promise<void>
}

/** Packs this project and installs the package into an empty folder. What is run there is printed if TRANSCRIPT is set. */
export async function createOwnProject(): Promise<OwnProject> {
  // A space, because a user's folders have some.
  const path = await mkdtemp(join(tmpdir(), 'kafka functions '))
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)))
  const environment = { ...inherited, AWS_EC2_METADATA_DISABLED: 'true' }
  const framework = join(path, 'node_modules/serverless/bin/serverless.js')
  const folderOf = (service: string) => join(path, service)

  function told(service: string, args: string[], printed: string): string {
    if (process.env.TRANSCRIPT) console.log(`${service}$ npx serverless ${args.join(' ')}\n${printed}`)
    return printed
  }

  await packAndInstall(path, environment)
  return {
    async write(service, files) {
      for (const [name, text] of Object.entries(files)) {
        const file = join(folderOf(service), name)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, text)
      }
      return folderOf(service)
    },
    async serverless(service, args, more) {
      const options = { cwd: folderOf(service), env: { ...environment, HOME: path, ...more } }
      const { stdout, stderr } = await run(process.execPath, [framework, ...args], options)
      return told(service, args, stdout + stderr)
    },
    offline(service, more) {
      const command = [process.execPath, framework, 'offline']
      const started = startIn(folderOf(service), command, { ...environment, HOME: path, ...more })
      return {
        ...started,
        async stop() {
          await started.stop()
          told(service, ['offline'], started.lines.join('\n'))
        },
      }
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

async function packAndInstall(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  // The registry is asked again when an answer stays away for a minute, not only after five.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--fetch-timeout=60000']
  await buildPackages(env)
  const packed = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', path], {
    cwd: root,
    env,
  })
  const [archive = ''] = packed.stdout.trim().split('\n').slice(-1)
  await writeFile(join(path, 'package.json'), JSON.stringify({ name: 'own', private: true }))
  const besides = BESIDES.map(name => `${name}@${devDependencies[name]}`)
  const install = ['install', '--save-dev', '--prefer-offline', ...quiet, `./${archive}`, ...besides]
  await run('npm', install, { cwd: path, env })
}

function startIn(folder: string, command: string[], env: NodeJS.ProcessEnv) {
  const lines: string[] = []
  const service = spawn(process.execPath, [join(root, 'local/leash.ts'), ...command], {
    cwd: folder,
    env,
    stdio: 'pipe',
  })
  const ended = once(service, 'close')
  const changed = new EventTarget()
  for (const stream of [service.stdout, service.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      lines.push(text)
      changed.dispatchEvent(new Event('line'))
    })
  }
  return {
    lines,
    async until(text: string): Promise<string[]> {
      while (!lines.join('').includes(text)) {
        const isOver = await Promise.race([once(changed, 'line').then(() => false), ended.then(() => true)])
        if (isOver) throw new Error(`The service ended before it printed ${text}:\n${lines.join('')}`)
      }
      return lines.join('').split('\n')
    },
    async stop() {
      service.stdin.end()
      await ended
    },
  }
}
