import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { frameworkMessage, root, serverless } from './framework.ts'

export interface OfflineService {
  /** Resolves when the process ends on its own; rejects with its output when it fails. */
  ended: Promise<void>
  /** Ends the process as Ctrl-C does, so that its consumers leave their groups. */
  stop(): Promise<void>
}

/** The last lines that are kept for the message of a failure. A service may run, and print, for days. */
const MAX_PRINTED = 1_000

interface OfflineOptions {
  /** File of the service, in the project's folder; serverless.yml when left out. */
  config?: string
  environment: Record<string, string>
  /** Gets each line that the service or a function prints. */
  onLine(line: string): void
}

/** Starts `serverless offline` for this project and returns when functions can be invoked. It can't outlive this process. */
export async function startOffline({ config, environment, onLine }: OfflineOptions): Promise<OfflineService> {
  const leash = join(import.meta.dirname, 'leash.ts')
  // A separate folder, because `serverless package` and `deploy` remove the service's default one when they are done.
  const bundles = await bundleFolder()
  // kafkajs sets timers in the past, and Node.js 24 warns about each of them.
  const quiet = '--disable-warning=TimeoutNegativeWarning'
  const command = [serverless, 'offline', ...(config ? ['--config', config] : [])]
  const service = spawn(process.execPath, [leash, '--remove', bundles, process.execPath, quiet, ...command], {
    cwd: root,
    // Its own process group, so that Ctrl-C in a terminal reaches only this process, which ends the service in order.
    detached: true,
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: 'true', ...environment, ESBUILD_FOLDER: relative(root, bundles) },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  const ready = Promise.withResolvers<void>()
  for (const stream of [service.stdout, service.stderr]) {
    createInterface({ input: stream }).on('line', line => {
      printed.push(line)
      if (printed.length > MAX_PRINTED) printed.shift()
      onLine(line)
      if (line.includes('Offline [http for lambda] listening')) ready.resolve()
    })
  }
  let isStopping = false
  const ended = once(service, 'close').then(async ([code, signal]) => {
    await rm(bundles, { recursive: true, force: true })
    if (code === 0 || isStopping) return
    throw new Error(`serverless offline failed with ${code ?? signal}:\n${frameworkMessage(printed)}`)
  })
  await Promise.race([
    ready.promise,
    ended.then(() => Promise.reject(new Error('serverless offline ended before functions could be invoked'))),
  ])
  return {
    ended,
    async stop() {
      isStopping = true
      service.stdin.end()
      // An earlier failure is reported by `ended`.
      await ended.catch(() => {})
    },
  }
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

/** The service's ports for functions and for their mappings, by the variable that sets each. */
export function offlinePorts(environment: Record<string, string | undefined>): Record<string, number> {
  const { OFFLINE_LAMBDA_PORT, OFFLINE_API_PORT } = environment
  const lambda = Number(OFFLINE_LAMBDA_PORT || 3002)
  return { OFFLINE_LAMBDA_PORT: lambda, OFFLINE_API_PORT: Number(OFFLINE_API_PORT || lambda + 1) }
}
