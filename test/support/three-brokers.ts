import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { type DataServer, startDataServer } from '../../local/data-server.ts'
import { javaOptions } from '../../local/kafka-broker.ts'
import { newClusterId } from '../../local/kafka-storage.ts'
import { runLeashed } from '../../local/leashed-process.ts'
import { type Jars, resolveJars } from '../../local/maven.ts'
import { freePorts } from '../../local/ports.ts'
import { javaCommand } from '../../local/prerequisites.ts'
import { silent } from '../../local/progress.ts'
import { startServer } from '../../local/server.ts'
import { probeCluster } from './probe-cluster.ts'

/** A cluster as in production: three brokers, each with a replica of everything, so that one at a time may be away. */
export interface ThreeBrokers {
  connection: KafkaSettings
  /** Restarts or crashes one broker after the other, each when all replicas are in sync again. */
  restartInTurn(how: 'restart' | 'crash'): Promise<void>
  /** Stops the last broker, with all its replicas, for as long as `use` takes. */
  withoutLast(use: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

interface Node {
  id: number
  port: number
  controllerPort: number
  /** Kafka's id of its data folder, by which the other nodes know it. */
  directory: string
}

const BROKERS = 3

export async function startThreeBrokers(): Promise<ThreeBrokers> {
  const jars = await resolveJars('kafka', silent)
  const ports = await freePorts(2 * BROKERS)
  const nodes = Array.from({ length: BROKERS }, (_, index) => ({
    id: index + 1,
    port: ports[index] ?? 0,
    controllerPort: ports[index + BROKERS] ?? 0,
    directory: newClusterId(),
  }))
  const clusterId = newClusterId()
  // No broker is ready before most of them run.
  const servers = await Promise.all(nodes.map(node => startNode(jars, node, nodes, clusterId)))
  return {
    connection: connectionOf(nodes),
    async restartInTurn(how) {
      for (const server of servers) await server[how]()
    },
    async withoutLast(use) {
      await servers.at(-1)?.withoutIt(use)
    },
    async stop() {
      await Promise.all(servers.map(server => server.stop()))
    },
  }
}

function connectionOf(nodes: Node[]): KafkaSettings {
  return { brokers: nodes.map(({ port }) => `127.0.0.1:${port}`), securityProtocol: 'PLAINTEXT' }
}

async function startNode(jars: Jars, node: Node, nodes: Node[], clusterId: string): Promise<DataServer> {
  const dataDir = await mkdtemp(join(tmpdir(), `kafka-${node.id}-`))
  const settingsFile = join(dataDir, 'kafka.properties')
  const format = async () => {
    await writeFile(settingsFile, settings(dataDir, node, nodes))
    const controllers = nodes.map(
      ({ id, controllerPort, directory }) => `${id}@127.0.0.1:${controllerPort}:${directory}`,
    )
    const command = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settingsFile]
    await runLeashed({
      command: [javaCommand(), ...javaOptions, ...command, '--initial-controllers', controllers.join()],
      folder: dataDir,
      env: { CLASSPATH: jars.classpath },
    })
  }
  const command = [...javaOptions, '-Xmx256m', 'kafka.Kafka', settingsFile]
  const connection = connectionOf([node])
  return await startDataServer(dataDir, format, () =>
    startServer({ jars, dataDir, command, probe: () => probeCluster(connection, BROKERS) }),
  )
}

function settings(dataDir: string, { id, port, controllerPort }: Node, nodes: Node[]): string {
  const listener = `PLAINTEXT://127.0.0.1:${port}`
  const controller = `CONTROLLER://127.0.0.1:${controllerPort}`
  return `
process.roles=broker,controller
node.id=${id}
controller.quorum.bootstrap.servers=${nodes.map(node => `127.0.0.1:${node.controllerPort}`)}
controller.listener.names=CONTROLLER
listeners=${listener},${controller}
advertised.listeners=${listener}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT

log.dirs=${join(dataDir, 'log')}
log.retention.ms=-1
default.replication.factor=${BROKERS}
min.insync.replicas=2
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=${BROKERS}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=${BROKERS}
transaction.state.log.min.isr=2
`
}
