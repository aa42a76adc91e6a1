import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { type KafkaSettings, kafkajsConfig, type SaslMechanism } from '../lib/kafka/client/settings.ts'
import { type Certificates, createCertificates } from './certificates.ts'
import { type DataServer, startDataServer } from './data-server.ts'
import { formatStorage } from './kafka-storage.ts'
import { type Jars, resolveJars } from './maven.ts'
import { keptPorts, portsOf } from './ports.ts'
import { type Progress, silent } from './progress.ts'
import { type Server, startServer } from './server.ts'

/** One connection for each way to connect to the broker. */
export interface KafkaConnections {
  plaintext: KafkaSettings
  saslPlaintextPlain: KafkaSettings
  saslPlaintextScram256: KafkaSettings
  saslSslPlain: KafkaSettings
  saslSslScram512: KafkaSettings
  /** Mutual TLS. */
  ssl: KafkaSettings
}

export interface KafkaOptions {
  progress?: Progress
  /** The broker's name in progress lines, when there are several. */
  name?: string
  heapMb?: number
  /** A folder whose data, and ports, stay when the broker stops; if not given, they are gone. */
  kept?: string
  /** More lines for the broker's `kafka.properties`. */
  settings?: string[]
}

/** A running Kafka cluster of one broker. */
export interface KafkaBroker extends DataServer {
  connections: KafkaConnections
  /** `host:port` of the listener without authentication. */
  brokers: string
}

const portNames = ['plaintext', 'saslPlaintext', 'saslSsl', 'ssl', 'controller'] as const
type Ports = Record<(typeof portNames)[number], number>

const plainUser = { username: 'alice', password: 'alice-secret' }
const scramUser = { username: 'bob', password: 'bob-secret' }

/** Starts fast and uses little memory, at the cost of some throughput. */
export const javaOptions = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'kafka', 'log4j2.properties')}`,
]

/** Java's hash codes of these names are consecutive, so each group is in another partition of the offsets topic. */
const groupsOfAllCoordinators = ['a', 'b', 'c', 'd']

/** Starts a Kafka cluster of one broker with its own data folder, and waits until it is ready for clients. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaBroker> {
  const { progress = silent, name, heapMb = 512, settings = [], kept } = options
  const jars = await resolveJars('kafka', progress)
  const end = progress.begin(name ?? jars.title)
  const started = performance.now()
  const assigned = kept === undefined ? portsOf(portNames) : keptPorts(kept, portNames)
  const [ports, certificates] = await Promise.all([assigned, createCertificates()])
  const connections = connectionsOf(ports, certificates)
  const brokers = connections.plaintext.brokers.join()
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'kafka-')))
  const place = { dataDir, isKept: kept !== undefined }
  const server = await startDataServer(
    dataDir,
    () => prepareStorage(jars, place, ports, certificates, settings),
    () => runBroker(jars, place, heapMb, connections.plaintext),
    place.isKept,
  ).finally(end)
  progress.done(name ?? jars.title, brokers, performance.now() - started)
  return { connections, brokers, ...server }
}

function connectionsOf(ports: Ports, { authority, client }: Certificates): KafkaConnections {
  const plain = { mechanism: 'PLAIN', ...plainUser } as const
  const scram = (mechanism: SaslMechanism) => ({ mechanism, ...scramUser })
  const at = (port: number) => [`127.0.0.1:${port}`]
  const saslPlaintext = { brokers: at(ports.saslPlaintext), securityProtocol: 'SASL_PLAINTEXT' } as const
  const saslSsl = { brokers: at(ports.saslSsl), securityProtocol: 'SASL_SSL', ca: authority.cert } as const
  return {
    plaintext: { brokers: at(ports.plaintext), securityProtocol: 'PLAINTEXT' },
    saslPlaintextPlain: { ...saslPlaintext, sasl: plain },
    saslPlaintextScram256: { ...saslPlaintext, sasl: scram('SCRAM-SHA-256') },
    saslSslPlain: { ...saslSsl, sasl: plain },
    saslSslScram512: { ...saslSsl, sasl: scram('SCRAM-SHA-512') },
    ssl: { brokers: at(ports.ssl), securityProtocol: 'SSL', ca: authority.cert, ...client },
  }
}

/** A broker's data folder, and whether it stays when the broker stops. */
interface Place {
  dataDir: string
  isKept: boolean
}

/** Writes the files of a broker to its data folder: settings, certificates, and storage with the SCRAM users, unless it is there. */
async function prepareStorage(
  jars: Jars,
  { dataDir, isKept }: Place,
  ports: Ports,
  certificates: Certificates,
  moreSettings: string[],
): Promise<void> {
  const settingsFile = join(dataDir, 'kafka.properties')
  const { authority, broker } = certificates
  await Promise.all([
    writeFile(settingsFile, [settings(dataDir, ports), ...moreSettings].join('\n')),
    writeFile(join(dataDir, 'ca.pem'), authority.cert),
    writeFile(join(dataDir, 'broker.pem'), `${broker.key}\n${broker.cert}`),
  ])
  const formatted = join(dataDir, 'formatted')
  if (existsSync(formatted)) return
  const scram = `[name=${scramUser.username},password=${scramUser.password}]`
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(mechanism => `${mechanism}=${scram}`)
  await formatStorage({ jars, dataDir, isKept, javaOptions, users })
  await writeFile(formatted, '')
}

function runBroker(jars: Jars, { dataDir, isKept }: Place, heapMb: number, plaintext: KafkaSettings): Promise<Server> {
  const command = [...javaOptions, `-Xmx${heapMb}m`, 'kafka.Kafka', join(dataDir, 'kafka.properties')]
  return startServer({ jars, dataDir, isKept, command, probe: () => probe(plaintext) })
}

/** A client that probes whether a broker is ready: it doesn't retry and logs nothing. */
export function probing(connection: KafkaSettings): Kafka {
  return new Kafka({
    ...kafkajsConfig(connection),
    connectionTimeout: 1000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  })
}

/** A broker is ready when a client can create a topic, produce to it, and use the coordinator of any consumer group. */
async function probe(connection: KafkaSettings): Promise<void> {
  const kafka = probing(connection)
  const admin = kafka.admin()
  const producer = kafka.producer()
  try {
    await Promise.all([admin.connect(), producer.connect()])
    await admin.createTopics({ topics: [{ topic: 'probe', numPartitions: 1 }] })
    await producer.send({ topic: 'probe', messages: [{ value: 'probe' }] })
    await Promise.all(groupsOfAllCoordinators.map(groupId => admin.fetchOffsets({ groupId })))
    await admin.deleteTopics({ topics: ['probe'] })
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
  }
}

function settings(dataDir: string, ports: Ports): string {
  const listeners = {
    PLAINTEXT: ports.plaintext,
    SASL_PLAINTEXT: ports.saslPlaintext,
    SASL_SSL: ports.saslSsl,
    SSL: ports.ssl,
  }
  const advertised = Object.entries(listeners).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  const controller = `127.0.0.1:${ports.controller}`
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=${advertised},CONTROLLER://${controller}
advertised.listeners=${advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT

log.dirs=${join(dataDir, 'log')}
# The sample records have fixed timestamps, which may be older than the default retention.
log.retention.ms=-1
auto.create.topics.enable=true
num.partitions=3
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=${groupsOfAllCoordinators.length}
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
${['sasl_plaintext', 'sasl_ssl'].map(loginModules).join('\n')}
ssl.keystore.type=PEM
ssl.keystore.location=${join(dataDir, 'broker.pem')}
ssl.truststore.type=PEM
ssl.truststore.location=${join(dataDir, 'ca.pem')}
listener.name.ssl.ssl.client.auth=required
`
}

function loginModules(listener: string): string {
  const security = 'org.apache.kafka.common.security'
  const { username, password } = plainUser
  return `
listener.name.${listener}.plain.sasl.jaas.config=${security}.plain.PlainLoginModule required user_${username}="${password}";
listener.name.${listener}.scram-sha-256.sasl.jaas.config=${security}.scram.ScramLoginModule required;
listener.name.${listener}.scram-sha-512.sasl.jaas.config=${security}.scram.ScramLoginModule required;
`
}
