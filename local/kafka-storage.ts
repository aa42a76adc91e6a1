import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runLeashed } from './leashed-process.ts'
import type { Jars } from './maven.ts'
import { javaCommand } from './prerequisites.ts'

/** The first records of a cluster’s metadata: versions of features, and SCRAM users. Kafka’s own name. */
const BOOTSTRAP = 'bootstrap.checkpoint'

interface Storage {
  jars: Jars
  /** The broker’s data folder, with its `kafka.properties`; its `log.dirs` is the folder `log` there. */
  dataDir: string
  /** Whether that folder stays if this process dies meanwhile. */
  isKept: boolean
  /** Options of `java`. */
  javaOptions: string[]
  /** Users with a password, as `kafka-storage format --add-scram` takes them. */
  users: string[]
  /** The broker’s id. */
  nodeId?: number
  /** The same for all brokers of a cluster. Default: a new one. */
  clusterId?: string
}

/**
 * Formats a broker's storage, in a cluster whose controllers are named by its settings. Kafka's own tool does it the first time; its result, which is the same for each
 * cluster but for two ids, is kept beside the jars, and copied from then on: the tool takes as long as a third of a broker's start.
 */
export async function formatStorage(storage: Storage): Promise<void> {
  const { jars, dataDir, users, nodeId = 1, clusterId = newClusterId() } = storage
  const log = join(dataDir, 'log')
  // A start that was interrupted may have left half of it.
  await rm(log, { recursive: true, force: true })
  const hash = createHash('sha256').update(users.join()).digest('hex').slice(0, 12)
  const template = `${jars.folder}-storage-${hash}.checkpoint`
  if (!existsSync(template)) {
    await runTool({ ...storage, clusterId })
    // In one step, so that another start never copies half of it.
    const partial = `${template}.partial-${newClusterId()}`
    await copyFile(join(log, BOOTSTRAP), partial)
    await rename(partial, template)
    return
  }
  await mkdir(log)
  const ids = { 'cluster.id': clusterId, 'directory.id': newClusterId() }
  const properties = Object.entries({ version: 1, 'node.id': nodeId, ...ids }).map(
    ([name, value]) => `${name}=${value}\n`,
  )
  await Promise.all([
    copyFile(template, join(log, BOOTSTRAP)),
    writeFile(join(log, 'meta.properties'), properties.join('')),
  ])
}

async function runTool(storage: Storage & { clusterId: string }): Promise<void> {
  const { jars, dataDir, isKept, javaOptions, users, clusterId } = storage
  const scram = users.flatMap(user => ['--add-scram', user])
  const settings = join(dataDir, 'kafka.properties')
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings, ...scram]
  await runLeashed({
    command: [javaCommand(), ...javaOptions, ...format],
    folder: isKept ? undefined : dataDir,
    env: { CLASSPATH: jars.classpath },
  })
}

/**
 * A Kafka `Uuid` as text: 16 bytes in base64url. As with Kafka’s own generator it never begins with a hyphen, because the
 * storage tool would parse that as an option: https://issues.apache.org/jira/browse/KAFKA-13741
 */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}
