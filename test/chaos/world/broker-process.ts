import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { javaOptions } from '../../../local/kafka-broker.ts'
import { formatStorage } from '../../../local/kafka-storage.ts'
import { resolveJars } from '../../../local/maven.ts'
import { silent } from '../../../local/progress.ts'
import { type Server, startServer } from '../../../local/server.ts'

/** A broker’s process. */
export interface BrokerProcess {
  /** Kills it and starts it again after a while. Resolves when it is ready, and all replicas are in sync. */
  crash(awayMs: number): Promise<void>
  /** Stops it in order and starts it again. */
  restart(): Promise<void>
  /** Stops its process as SIGSTOP does, until {@link resume}. */
  pause(): void
  resume(): void
}

export interface BrokerOptions {
  clusterId: string
  nodeId: number
  /** The broker’s `kafka.properties`, but for the folder of its logs. */
  settings: string
  /** Rejects until the broker is ready, and all replicas of its cluster are in sync. */
  probe: () => Promise<void>
}

/** Enough for a broker with a few hundred partitions; six servers share the machine. */
const HEAP_MB = 256

/** Starts a broker with its own data folder. The brokers of a cluster start at the same time: none is ready before most run. */
export async function startBroker(options: BrokerOptions): Promise<BrokerProcess & { stop(): Promise<void> }> {
  const { clusterId, nodeId, settings, probe } = options
  const jars = await resolveJars('kafka', silent)
  const dataDir = await mkdtemp(join(tmpdir(), `chaos-broker-${nodeId}-`))
  const settingsFile = join(dataDir, 'kafka.properties')
  const command = [...javaOptions, `-Xmx${HEAP_MB}m`, 'kafka.Kafka', settingsFile]
  const start = () => startServer({ jars, dataDir, command, probe })
  const removeData = () => rm(dataDir, { recursive: true, force: true })
  let server: Server
  try {
    await writeFile(settingsFile, `${settings}\nlog.dirs=${join(dataDir, 'log')}\n`)
    await formatStorage({ jars, dataDir, isKept: false, javaOptions, users: [], nodeId, clusterId })
    server = await start()
  } catch (error) {
    await removeData()
    throw error
  }
  return {
    async crash(awayMs) {
      await server.kill()
      await sleep(awayMs)
      server = await start()
    },
    async restart() {
      await server.stop()
      server = await start()
    },
    pause: () => server.pause(),
    resume: () => server.resume(),
    async stop() {
      await server.stop()
      await removeData()
    },
  }
}
