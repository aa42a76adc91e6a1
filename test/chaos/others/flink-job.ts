import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { S3Client, _Object as S3Object } from '@aws-sdk/client-s3'
import { resolveJars } from '../../../local/maven.ts'
import { silent } from '../../../local/progress.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { compileJava } from '../../support/java-compiler.ts'
import type { FoundRecord } from '../checker/found.ts'
import { bodyOf, listedObjects } from '../systems/reading.ts'
import { saveProperties } from './java-properties.ts'
import { Supervised } from './supervised.ts'

/** Files appear once per checkpoint. */
export const FLINK_CHECKPOINT_MS = 2_000
/** How soon partitions are found that were added; Flink's default is five minutes. */
const DISCOVERY_MS = 5_000

export interface FlinkJobOptions {
  /** The bucket of its files and checkpoints, which exists, and its consumer group. */
  name: string
  brokers: readonly string[]
  /** Asked at each start. */
  store(): StoreAddress
  /** For this process, to look into the bucket. */
  reader: S3Client
  topics: readonly string[]
  lines?: FlinkLines
  /** Of Supervised. */
  javaOptions?: readonly string[]
  say(line: string): void
}

/** What a line of a file is, and how files are compressed, as `java/FileSinkJob.java` describes it. */
export interface FlinkLines {
  encoding: 'base64' | 'text'
  compression: 'none' | 'gzip' | 'zstd'
}

const BASE64: FlinkLines = { encoding: 'base64', compression: 'none' }

/** A job of Flink that writes files of lines; parallelism 2. Started again, it continues from its newest checkpoint. */
export async function startFlinkJob(options: FlinkJobOptions): Promise<Supervised> {
  const { name, javaOptions, say } = options
  const { classpath } = await resolveJars('flink', silent, import.meta.dirname)
  const classes = await compileJava(join(import.meta.dirname, 'java/FileSinkJob.java'), classpath)
  return Supervised.start({
    ...{ name, javaOptions, say },
    classpath: `${classes}:${classpath}`,
    command: folder => command(options, folder),
  })
}

/** Ends the job with a savepoint, which makes all of its files visible: Apache Flink, "Stopping a Job Gracefully". */
export async function finishFlinkJob(job: Supervised): Promise<void> {
  await writeFile(join(job.folder, 'stop'), '')
  await job.untilEnded()
}

async function command(options: FlinkJobOptions, folder: string): Promise<string[]> {
  const { name, brokers, store, reader, topics, lines = BASE64 } = options
  const { endpoint = '', credentials } = store() as StoreAddress & { credentials: Record<string, string> }
  const checkpoint = await newestCheckpoint(reader, name)
  const file = join(folder, 'job.properties')
  await saveProperties(file, {
    'job.brokers': brokers.join(),
    'job.topics': topics.join(),
    'job.group': name,
    'job.folder': `s3://${name}/records`,
    'job.savepoints': `s3://${name}/savepoints`,
    'job.stop-file': join(folder, 'stop'),
    'job.discovery-ms': String(DISCOVERY_MS),
    'job.encoding': lines.encoding,
    'job.compression': lines.compression,
    'parallelism.default': '2',
    'execution.checkpointing.interval': `${FLINK_CHECKPOINT_MS} ms`,
    'execution.checkpointing.dir': `s3://${name}/checkpoints`,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'restart-strategy.exponential-delay.max-backoff': '5 s',
    's3.endpoint': endpoint,
    's3.path.style.access': 'true',
    's3.access-key': credentials.accessKeyId ?? '',
    's3.secret-key': credentials.secretAccessKey ?? '',
    'io.tmp.dirs': folder,
    ...(checkpoint && { 'execution.state-recovery.path': `s3://${name}/${checkpoint}` }),
  })
  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../../local/kafka/log4j2.properties')}`
  // What Flink's own scripts open for Java 17.
  const opened = ['java.util', 'java.lang', 'java.time', 'java.util.concurrent']
  return [log, ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`), 'chaos.others.FileSinkJob', file]
}

/** The key of the newest complete checkpoint: `checkpoints/<job>/chk-<number>/_metadata`. Numbers increase across restarts. */
export async function newestCheckpoint(reader: S3Client, bucket: string): Promise<string | undefined> {
  const listed = await Array.fromAsync(listedObjects(reader, bucket, 'checkpoints/'))
  const keys = listed.map(({ Key = '' }) => Key)
  const number = (key: string) => Number(/\/chk-(\d+)\/_metadata$/.exec(key)?.[1] ?? -1)
  const [newest] = keys.filter(key => number(key) >= 0).toSorted((one, other) => number(other) - number(one))
  return newest
}

/** The job's visible files: in-progress data of the sink, which readers leave out, has other names. */
export async function flinkFiles(reader: S3Client, bucket: string): Promise<S3Object[]> {
  const all = await Array.fromAsync(listedObjects(reader, bucket, 'records/'))
  return all.filter(({ Key = '' }) => /^records\/part-[^/]*$/.test(Key))
}

/** The records of the job's visible files, file by file. */
export async function* readFlinkFiles(
  reader: S3Client,
  bucket: string,
  { encoding, compression }: FlinkLines = BASE64,
): AsyncIterable<FoundRecord[]> {
  for (const { Key = '' } of await flinkFiles(reader, bucket)) {
    const content = decompress[compression](await bodyOf(reader, bucket, Key))
    const lines = content.toString().split('\n').slice(0, -1)
    yield lines.map((line, row) => recordOf(JSON.parse(line), `${Key} ${row}`, encoding))
  }
}

const decompress = { none: (content: Buffer) => content, gzip: gunzipSync, zstd: zstdDecompressSync }

type Line = [topic: string, partition: number, offset: number, timestamp: number, ...parts: (string | null)[]]

function recordOf(line: Line, place: string, encoding: FlinkLines['encoding']): FoundRecord {
  const [topic, partition, offset, timestamp, key, value, ...headers] = line
  const bytes = (text: string | null | undefined) =>
    text == null ? null : Buffer.from(text, encoding === 'text' ? 'utf8' : encoding)
  return {
    ...{ topic, partition, offset, timestamp, place },
    key: bytes(key),
    value: bytes(value),
    headers: headers.flatMap((name, index) =>
      index % 2 === 0 ? { key: String(bytes(name)), value: bytes(headers[index + 1]) } : [],
    ),
  }
}
