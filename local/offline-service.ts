import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { compileCache } from './cache.ts'
import { frameworkMessage, root, serverless } from './framework.ts'
import { leash } from './leashed-process.ts'
import type { Service } from './service.ts'

export interface OfflineService {
  /** The functions' full names by their keys in the service. */
  functions: ReadonlyMap<string, string>
  /** Resolves when the process ends on its own; rejects with its output when it fails. */
  ended: Promise<void>
  /** Ends the process as Ctrl-C does, so that its consumers leave their groups. */
  stop(): Promise<void>
}

/** The last lines that are kept for the message of a failure. A service may run, and print, for days. */
const MAX_PRINTED = 1_000

interface OfflineOptions {
  /** The service; the repository's own if not given. */
  service?: Service
  /** File of the repository's own service; serverless.yml when left out. */
  config?: string
  environment: Record<string, string>
  /** Gets each line that the service or a function prints. */
  onLine(line: string): void
}

/** Starts `serverless offline` for a service and returns when functions can be invoked. It can't outlive this process. */
export async function startOffline({ config, environment, onLine, ...given }: OfflineOptions): Promise<OfflineService> {
  const { service = ownService(config) } = given
  // A separate folder, because `serverless package` and `deploy` remove the service's default one when they are done.
  const bundles = service.folder === root ? await bundleFolder() : undefined
  const running = spawnOffline(service, environment, bundles)
  const printed: string[] = []
  const functions = new Map<string, string>()
  const ready = Promise.withResolvers<void>()
  for (const stream of [running.stdout, running.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      printed.push(line)
      if (printed.length > MAX_PRINTED) printed.shift()
      const [, key, name] = FUNCTION_LINE.exec(line) ?? []
      if (key && name) functions.set(key, name)
      onLine(line)
      // The names come after the line that says where they can be invoked, and all of them at once.
      if (functions.size > 0) ready.resolve()
    })
  }
  let isStopping = false
  const ended = once(running, 'close').then(async ([code, signal]) => {
    if (bundles) await rm(bundles, { recursive: true, force: true })
    if (code === 0 || isStopping) return
    throw new Error(`serverless offline failed with ${code ?? signal}:\n${frameworkMessage(printed)}`)
  })
  await Promise.race([
    ready.promise,
    ended.then(() => Promise.reject(new Error('serverless offline ended before functions could be invoked'))),
  ])
  return {
    functions,
    ended,
    async stop() {
      isStopping = true
      running.stdin.end()
      // An earlier failure is reported by `ended`.
      await ended.catch(() => {})
    },
  }
}

/** How serverless-offline names a function: `* dump: my-service-dev-dump`. */
const FUNCTION_LINE = /^\s*\* ([\w-]+): ([\w-]+)$/

function spawnOffline({ folder, config, ...service }: Service, environment: Record<string, string>, bundles?: string) {
  // kafkajs sets timers in the past, and Node.js 24 warns about each of them.
  const quiet = '--disable-warning=TimeoutNegativeWarning'
  const removed = bundles === undefined ? [] : ['--remove', bundles]
  const command = [process.execPath, quiet, service.serverless, 'offline', '--config', config]
  return spawn(process.execPath, [leash, ...removed, ...command], {
    cwd: folder,
    // Its own process group, so that Ctrl-C in a terminal reaches only this process, which ends the service in order.
    detached: true,
    env: {
      ...process.env,
      ...compileCache,
      AWS_EC2_METADATA_DISABLED: 'true',
      ...service.environment,
      ...environment,
      ...(bundles && { ESBUILD_FOLDER: relative(root, bundles) }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

function ownService(config = 'serverless.yml'): Service {
  return { folder: root, config, serverless, environment: {} }
}

/** Creates a folder for bundles. The framework requires it inside the project's folder. */
async function bundleFolder(): Promise<string> {
  const cache = join(root, '.cache')
  await mkdir(cache, { recursive: true })
  return mkdtemp(join(cache, 'offline-'))
}

/** The function's environment variables for a store. */
export function storeEnvironment({ bucket, region, endpoint, credentials }: StoreSettings): Record<string, string> {
  return {
    S3_BUCKET: bucket,
    S3_REGION: region,
    S3_ENDPOINT: endpoint ?? '',
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
}

/** serverless-offline's own. */
const DEFAULT_LAMBDA_PORT = 3002

/** The service's ports for functions and for their mappings, by the variable that sets each. */
export function offlinePorts(
  environment: Record<string, string | undefined>,
  { lambdaPort = DEFAULT_LAMBDA_PORT }: { lambdaPort?: number },
): Record<string, number> {
  const { OFFLINE_LAMBDA_PORT, OFFLINE_API_PORT } = environment
  const lambda = Number(OFFLINE_LAMBDA_PORT || lambdaPort)
  return { OFFLINE_LAMBDA_PORT: lambda, OFFLINE_API_PORT: Number(OFFLINE_API_PORT || lambda + 1) }
}
