import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import type { StoreSettings } from '../lib/s3/settings.ts'
import { type DataServer, startDataServer } from './data-server.ts'
import { resolveJars } from './maven.ts'
import { freePorts } from './ports.ts'
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
 * In the project's folder, not in the system's temporary folder: object metadata are extended attributes of files, which
 * tmpfs supports only since Linux 6.6.
 */
const dataRoot = join(import.meta.dirname, '..', '.cache', 'data')

/** Starts S3Proxy with its own data folder, and waits until it responds. */
export async function startS3Proxy({ progress = silent }: { progress?: Progress } = {}): Promise<S3Proxy> {
  const jars = await resolveJars('s3proxy', progress)
  const started = performance.now()
  const [port] = await freePorts(1)
  const endpoint = `http://127.0.0.1:${port}`
  const address = { region: 'us-east-1', endpoint, forcePathStyle: true, credentials }
  await mkdir(dataRoot, { recursive: true })
  const dataDir = await mkdtemp(join(dataRoot, 's3-'))
  const objects = join(dataDir, 'objects')
  const settingsFile = join(dataDir, 's3proxy.properties')
  const logback = `-Dlogback.configurationFile=${join(import.meta.dirname, 's3proxy', 'logback.xml')}`
  const options = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', logback]
  const command = [...options, 'org.gaul.s3proxy.Main', '--properties', settingsFile]
  const server = await startDataServer(
    dataDir,
    () => Promise.all([mkdir(objects), writeFile(settingsFile, settings(endpoint, objects))]),
    () => startServer({ jars, dataDir, command, probe: () => probe(address) }),
  )
  progress.done(jars.title, endpoint, performance.now() - started)
  return { address, ...server }
}

function settings(endpoint: string, folder: string): string {
  return `
s3proxy.endpoint=${endpoint}
s3proxy.authorization=aws-v2-or-v4
s3proxy.identity=${credentials.accessKeyId}
s3proxy.credential=${credentials.secretAccessKey}
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
