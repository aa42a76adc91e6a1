import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../../local/framework.ts'
import { startLeashed } from '../../../local/leashed-process.ts'
import { storeEnvironment } from '../../../local/offline-service.ts'
import { freePorts } from '../../../local/ports.ts'
import type { Servers } from './servers.ts'

/** A service that runs as `npm start` runs it. */
export interface RunningService {
  /** The console's address, with its token. */
  url: string
  stop(): Promise<void>
}

/** Variables of the developer's environment that would change what the service or the AWS SDK does. */
const OWN = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT|CONNECTORS|OFFLINE)/

/** Starts a service with these connectors in a folder of its own, and waits until its mappings poll. */
export async function startService(connectors: object, servers: Servers): Promise<RunningService> {
  const folder = await serviceFolder(connectors)
  const program = join(root, 'cli/kafka-functions.ts')
  const inherited = Object.fromEntries(Object.keys(process.env).flatMap(name => (OWN.test(name) ? [[name, '']] : [])))
  const running = startLeashed(
    {
      command: [
        process.execPath,
        '--disable-warning=TimeoutNegativeWarning',
        program,
        'start',
        '--config',
        join(folder, 'serverless.json'),
      ],
      env: { ...inherited, ...(await placeOf(servers)), FORCE_COLOR: '0' },
    },
    'pipe',
  )
  const ended = once(running, 'close')
  const url = await consoleUrl(running).catch(async error => {
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  return {
    url,
    async stop() {
      running.stdin?.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The files of a service that uses this project's sources. */
async function serviceFolder(connectors: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-console-'))
  await Promise.all(
    ['lib', 'functions', 'node_modules', 'package.json'].map(name => symlink(join(root, name), join(folder, name))),
  )
  const service = {
    ...{ service: 'lake', frameworkVersion: '4', plugins: ['./lib/connectors/index.ts', 'serverless-offline'] },
    provider: { name: 'aws', runtime: 'nodejs24.x', region: 'eu-central-1', stage: 'dev' },
    custom: { connectors, 'serverless-offline': { noSponsor: true } },
  }
  await writeFile(join(folder, 'serverless.json'), JSON.stringify(service))
  return folder
}

/** Its servers and ports, by the variables that name them. */
async function placeOf({ source, target, store, way }: Servers): Promise<Record<string, string>> {
  const [http, lambda, api] = await freePorts(3)
  return {
    ...storeEnvironment({ ...store, endpoint: way.endpoint }),
    ...{ KAFKA_BROKERS: source.brokers.join(), TARGET_KAFKA_BROKERS: target.brokers.join() },
    ...{ OFFLINE_HTTP_PORT: `${http}`, OFFLINE_LAMBDA_PORT: `${lambda}`, OFFLINE_API_PORT: `${api}` },
  }
}

/** The address that `start` prints last. Rejects with all that was printed if it ends before. */
function consoleUrl(running: ReturnType<typeof startLeashed>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let printed = ''
  for (const stream of [running.stdout, running.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      // Its log goes on for as long as the service runs.
      if (printed.length > 100_000) return
      printed += text
      const [, url] = /Console {2}(http:\S+)\s/.exec(printed) ?? []
      if (url !== undefined) resolve(url)
    })
  }
  running.once('close', () => reject(new Error(`The service ended before its console was there:\n${printed}`)))
  return promise
}
