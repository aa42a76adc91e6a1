import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kafka, logLevel } from 'kafkajs'
import { resolveJars } from '../../../local/maven.ts'
import { silent } from '../../../local/progress.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { compileJava } from '../../support/java-compiler.ts'
import { ConnectWorker } from './connect-worker.ts'

/** The sink commits to the table so often; its default is five minutes. */
export const ICEBERG_COMMIT_MS = 2_000

export interface IcebergConnectorOptions {
  /** Of the connector, the bucket of its table, and the beginning of its topics' names. */
  name: string
  brokers: readonly string[]
  /** Asked whenever the connector is configured. */
  store(): StoreAddress
  topics: readonly string[]
  /** Of Supervised. */
  javaOptions?: readonly string[]
  say(line: string): void
}

/** Apache Iceberg's sink on a worker of Kafka Connect, with two tasks, as its documentation says: Apache Iceberg, "Kafka Connect". */
export async function startIcebergConnector(options: IcebergConnectorOptions): Promise<ConnectWorker> {
  const { name, brokers, store, topics, javaOptions, say } = options
  const iceberg = await resolveJars('iceberg', silent, import.meta.dirname)
  const connect = await resolveJars('mirror-maker', silent)
  const transform = await compileJava(join(import.meta.dirname, 'java/WholeRecord.java'), connect.classpath)
  // Connect finds plugins by these files.
  const services = join(transform, 'META-INF/services')
  await mkdir(services, { recursive: true })
  await writeFile(join(services, 'org.apache.kafka.connect.transforms.Transformation'), 'chaos.others.WholeRecord')
  return ConnectWorker.start({
    ...{ name, brokers, javaOptions, say },
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
      'iceberg.control.topic': controlTopicOf(name),
      'iceberg.control.commit.interval-ms': String(ICEBERG_COMMIT_MS),
      ...catalogSettings(store(), folder, name),
    }),
  })
}

/** Where tasks and their coordinator talk. */
export function controlTopicOf(name: string): string {
  return `${name}-control`
}

/** The documentation has people create the control topic, with one partition. */
export async function createControlTopic(brokers: readonly string[], name: string) {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: controlTopicOf(name), numPartitions: 1 }], waitForLeaders: true })
  return admin
}

/** The file of the table's catalog, in SQLite. */
export function catalogFile({ server }: ConnectWorker): string {
  return catalogIn(server.folder)
}

function catalogIn(folder: string): string {
  return join(folder, 'catalog.db')
}

/**
 * Makes the catalog if it isn't there: both tasks would make it at the same time, and one of them fail. Source: Apache Iceberg,
 * `JdbcUtil`, schema V1.
 */
function createCatalog(file: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(`create table if not exists iceberg_tables (catalog_name varchar(255) not null,
      table_namespace varchar(255) not null, table_name varchar(255) not null, metadata_location varchar(1000),
      previous_metadata_location varchar(1000), iceberg_type varchar(5), primary key (catalog_name, table_namespace, table_name))`)
    database.exec(`create table if not exists iceberg_namespace_properties (catalog_name varchar(255) not null,
      namespace varchar(255) not null, property_key varchar(255), property_value varchar(1000),
      primary key (catalog_name, namespace, property_key))`)
  } finally {
    database.close()
  }
}

function catalogSettings(address: StoreAddress, folder: string, bucket: string): Record<string, string> {
  const { endpoint = '', region, credentials } = address as StoreAddress & { credentials: Record<string, string> }
  createCatalog(catalogIn(folder))
  const settings = {
    'catalog-impl': 'org.apache.iceberg.jdbc.JdbcCatalog',
    uri: `jdbc:sqlite:${catalogIn(folder)}`,
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
