import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { Kafka, logLevel } from 'kafkajs'
import { resolveJars } from '../../../local/maven.ts'
import { silent } from '../../../local/progress.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { compileJava } from '../../support/java-compiler.ts'
import { GroupProgress } from '../systems/group-progress.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from '../systems/system.ts'
import { until } from '../until.ts'
import { ConnectWorker } from './connect-worker.ts'
import { readTable } from './iceberg-table.ts'
import { inOrder } from './in-order.ts'

/** The sink commits to the table so often; its default is five minutes. */
const COMMIT_MS = 2_000
/** How long the last commit may take: several of the sink's own time limits of 30 s each. */
const LAST_COMMIT_MS = 120_000
const LOOK_MS = 500

/** Apache Iceberg's sink, with what its documentation says is exactly once. Source: Apache Iceberg, "Kafka Connect". */
export const icebergSink: ChaosSystem = {
  summary: `Iceberg 1.12.0’s sink on Kafka Connect 4.3.1, two tasks, Parquet, catalog in SQLite, a commit every ${COMMIT_MS / 1_000} s`,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: ['brokers', 'network', 'topics', 'store', 'credentials', 'server'],
  async start(context): Promise<StartedSystem> {
    const { world, say } = context
    const name = `${context.name}-iceberg`
    await createBucket(world.store.direct, name)
    const admin = await controlTopic(context, name)
    const worker = await startWorker(context, name)
    // Source offsets are committed with the message that names the data files; the coordinator's, with the table's commit.
    const written = new GroupProgress(world.source.direct, [`connect-${name}`])
    const committed = new GroupProgress(world.source.direct, [`connect-${name}-coord`])
    await until(async () => (await committed.read()) > 0, 'Iceberg’s sink has made its first commit')
    return {
      victims: [worker.victim],
      mappings: [],
      async rotateCredentials() {
        worker.configure()
      },
      progress: () => written.read(),
      async finish() {
        const [{ offset = '0' } = {}] = await admin.fetchTopicOffsets(`${name}-control`)
        const deadline = performance.now() + LAST_COMMIT_MS
        while ((await committed.read()) < Number(offset)) {
          if (performance.now() > deadline)
            return say(`${name}: the last commit did not come within ${LAST_COMMIT_MS / 1_000} s`)
          await sleep(LOOK_MS)
        }
      },
      found: () => inOrder(readTable(catalogFile(worker.folder), world.store.direct)),
      putAside: async () => [],
      async stop() {
        await Promise.all([worker.stop(), written.close(), committed.close(), admin.disconnect()])
      },
    }
  },
}

function catalogFile(folder: string): string {
  return join(folder, 'catalog.db')
}

async function createBucket(address: StoreAddress, Bucket: string): Promise<void> {
  const store = new S3Client(address)
  await store.send(new CreateBucketCommand({ Bucket }))
  store.destroy()
}

/** Tasks and their coordinator talk in it; the documentation has people create it, with one partition. */
async function controlTopic({ world }: SystemContext, name: string) {
  const { brokers } = world.source.direct
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: `${name}-control`, numPartitions: 1 }], waitForLeaders: true })
  return admin
}

async function startWorker({ world, topics, say }: SystemContext, name: string): Promise<ConnectWorker> {
  const iceberg = await resolveJars('iceberg', silent, import.meta.dirname)
  const connect = await resolveJars('mirror-maker', silent)
  const transform = await compileJava(join(import.meta.dirname, 'java/WholeRecord.java'), connect.classpath)
  // Connect finds plugins by these files.
  const services = join(transform, 'META-INF/services')
  await mkdir(services, { recursive: true })
  await writeFile(join(services, 'org.apache.kafka.connect.transforms.Transformation'), 'chaos.others.WholeRecord')
  const { brokers } = world.source.connection
  return ConnectWorker.start({
    ...{ name, brokers, say },
    plugins: { iceberg: iceberg.folder, transform },
    connector: folder => ({
      'connector.class': 'org.apache.iceberg.connect.IcebergSinkConnector',
      'tasks.max': '2',
      topics: topics.join(),
      transforms: 'whole',
      'transforms.whole.type': 'chaos.others.WholeRecord',
      'consumer.override.isolation.level': 'read_committed',
      'consumer.override.auto.offset.reset': 'earliest',
      'iceberg.tables': 'chaos.records',
      'iceberg.tables.auto-create-enabled': 'true',
      'iceberg.control.topic': `${name}-control`,
      'iceberg.control.commit.interval-ms': String(COMMIT_MS),
      ...catalogSettings(world.store.address, folder, name),
    }),
  })
}

function catalogSettings(address: StoreAddress, folder: string, bucket: string): Record<string, string> {
  const { endpoint = '', region, credentials } = address as StoreAddress & { credentials: Record<string, string> }
  const settings = {
    'catalog-impl': 'org.apache.iceberg.jdbc.JdbcCatalog',
    uri: `jdbc:sqlite:${catalogFile(folder)}`,
    'jdbc.schema-version': 'V1',
    warehouse: `s3://${bucket}/warehouse`,
    'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    'client.region': region,
    's3.endpoint': endpoint,
    's3.path-style-access': 'true',
    's3.access-key-id': credentials.accessKeyId ?? '',
    's3.secret-access-key': credentials.secretAccessKey ?? '',
  }
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`iceberg.catalog.${key}`, value]))
}
