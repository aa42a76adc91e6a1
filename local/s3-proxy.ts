import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { cache } from './cache.ts'
import { type DataServer, startDataServer } from './data-server.ts'
import { resolveJars } from './maven.ts'
import { keptPorts, portsOf } from './ports.ts'
import { type Progress, silent } from './progress.ts'
import { startServer } from './server.ts'

/** A store without a bucket yet. */
export type StoreAddress = Omit<StoreSettings, 'bucket'>

/** A running S3 server. */
export interface S3Proxy extends DataServer {
  address: StoreAddress
}

const credentials = { accessKeyId: 'local', secretAccessKey: 'local-secret' }

/**
 * In the cache, not in the system's temporary folder: object metadata are extended attributes of files, which
 * tmpfs supports only since Linux 6.6.
 */
const dataRoot = join(cache, 'data')

export interface S3ProxyOptions {
  progress?: Progress
  /** A folder whose objects, and port, stay when the server stops; if not given, they are gone. */
  kept?: string
  heapMb?: number
  /** More lines for the server's properties. */
  settings?: string[]
  /** Credentials that are valid too, for the same objects. */
  otherCredentials?: Credentials[]
}

type Credentials = NonNullable<StoreAddress['credentials']>

/** Starts S3Proxy with its own data folder, and waits until it responds. */
export async function startS3Proxy(options: S3ProxyOptions = {}): Promise<S3Proxy> {
  const { progress = silent, kept, heapMb = 512, settings = [], otherCredentials = [] } = options
  const jars = await resolveJars('s3proxy', progress)
  const end = progress.begin(jars.title)
  const started = performance.now()
  const { port } = await (kept === undefined ? portsOf(['port']) : keptPorts(kept, ['port']))
  const endpoint = `http://127.0.0.1:${port}`
  const address = { region: 'us-east-1', endpoint, forcePathStyle: true, credentials }
  await mkdir(dataRoot, { recursive: true })
  const dataDir = kept ?? (await mkdtemp(join(dataRoot, 's3-')))
  const isKept = kept !== undefined
  const objects = join(dataDir, 'objects')
  // One file for each identity, as `org.gaul.s3proxy.Main` of S3Proxy reads them: the option may be repeated.
  const files = [credentials, ...otherCredentials].map((valid, index) => ({
    path: join(dataDir, `s3proxy-${index}.properties`),
    text: [propertiesOf(endpoint, objects, valid), ...settings].join('\n'),
  }))
  const logback = `-Dlogback.configurationFile=${join(import.meta.dirname, 's3proxy', 'logback.xml')}`
  const javaOptions = [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', logback]
  const properties = files.flatMap(({ path }) => ['--properties', path])
  const command = [...javaOptions, 'org.gaul.s3proxy.Main', ...properties]
  const prepare = () =>
    Promise.all([mkdir(objects, { recursive: true }), ...files.map(({ path, text }) => writeFile(path, text))])
  const server = await startDataServer(
    dataDir,
    prepare,
    () => startServer({ jars, dataDir, isKept, command, probe: () => probe(address) }),
    isKept,
  ).finally(end)
  progress.done(jars.title, endpoint, performance.now() - started)
  return { address, ...server }
}

function propertiesOf(endpoint: string, folder: string, { accessKeyId, secretAccessKey }: Credentials): string {
  return `
s3proxy.endpoint=${endpoint}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=${accessKeyId}
s3proxy.credential=${secretAccessKey}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir=${folder}
`
}

async function probe(address: StoreAddress): Promise<void> {
  const client = new S3Client({ ...address, maxAttempts: 1 })
  try {
    await client.send(new ListBucketsCommand({}))
  } finally {
    client.destroy()
  }
}
