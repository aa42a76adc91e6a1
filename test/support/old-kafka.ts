import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { startDataServer } from '../../local/data-server.ts'
import { probing } from '../../local/kafka-broker.ts'
import { type Jars, resolveJars } from '../../local/maven.ts'
import { freePorts } from '../../local/ports.ts'
import { silent } from '../../local/progress.ts'
import { startServer } from '../../local/server.ts'

/** A broker of Kafka 2.8.2 that keeps its metadata in ZooKeeper, as in clusters that are years old. */
export interface OldKafka {
  connection: KafkaSettings
  stop(): Promise<void>
}

const javaOptions = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xmx256m',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

/** It has an authorizer, so that it has ACLs. Nobody has a login, and anonymous clients may do everything. */
export async function startOldKafka(): Promise<OldKafka> {
  const jars = await resolveJars('old-kafka', silent, import.meta.dirname)
  const [zooKeeperPort = 0, port = 0] = await freePorts(2)
  const connection: KafkaSettings = { brokers: [`127.0.0.1:${port}`], securityProtocol: 'PLAINTEXT' }
  const zooKeeper = await start(
    jars,
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    dataDir => `
dataDir=${join(dataDir, 'data')}
clientPort=${zooKeeperPort}
clientPortAddress=127.0.0.1
admin.enableServer=false
`,
    () => connects(zooKeeperPort),
  )
  try {
    const broker = await start(
      jars,
      'kafka.Kafka',
      dataDir => `
broker.id=1
zookeeper.connect=127.0.0.1:${zooKeeperPort}
listeners=PLAINTEXT://127.0.0.1:${port}
log.dirs=${join(dataDir, 'data')}
log.retention.ms=-1
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
authorizer.class.name=kafka.security.authorizer.AclAuthorizer
super.users=User:ANONYMOUS
`,
      () => probe(connection),
    )
    return {
      connection,
      async stop() {
        await broker.stop()
        await zooKeeper.stop()
      },
    }
  } catch (error) {
    await zooKeeper.stop()
    throw error
  }
}

async function start(jars: Jars, main: string, settings: (dataDir: string) => string, probe: () => Promise<void>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'old-kafka-'))
  const settingsFile = join(dataDir, 'server.properties')
  const prepare = async () => {
    await mkdir(join(dataDir, 'data'))
    await writeFile(settingsFile, settings(dataDir))
  }
  const command = [...javaOptions, main, settingsFile]
  return await startDataServer(dataDir, prepare, () => startServer({ jars, dataDir, command, probe }))
}

async function connects(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}

/** Ready means that a group's coordinator answers; its topic is created by the first request. */
async function probe(connection: KafkaSettings): Promise<void> {
  const admin = probing(connection).admin()
  try {
    await admin.connect()
    await admin.describeCluster()
    await admin.fetchOffsets({ groupId: 'probe' })
  } finally {
    await admin.disconnect()
  }
}
