import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type _Object as S3Object,
} from '@aws-sdk/client-s3'
import { resolveJars } from '../../../local/maven.ts'
import { silent } from '../../../local/progress.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { compileJava } from '../../support/java-compiler.ts'
import type { FoundRecord } from '../checker/found.ts'
import { GroupProgress } from '../systems/group-progress.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from '../systems/system.ts'
import { until } from '../until.ts'
import { inOrder } from './in-order.ts'
import { saveProperties } from './java-properties.ts'
import { Supervised } from './supervised.ts'

/** Files appear once per checkpoint. */
const CHECKPOINT_MS = 2_000
/** How soon partitions are found that were added; Flink's default is five minutes. */
const DISCOVERY_MS = 5_000

/**
 * Flink's file sink, with what its documentation says is exactly once: checkpoints in the store, a file per checkpoint, and after a
 * crash the newest retained checkpoint. Sources: Apache Flink, "FileSystem" and "Checkpoints".
 */
export const flinkFileSink: ChaosSystem = {
  summary: `Flink 2.2.0’s FileSink after KafkaSource, lines of JSON, a checkpoint in the store every ${CHECKPOINT_MS / 1_000} s`,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: ['brokers', 'network', 'topics', 'store', 'credentials', 'server'],
  async start(context): Promise<StartedSystem> {
    const bucket = `${context.name}-flink`
    const group = bucket
    const reader = new S3Client(context.world.store.direct)
    await reader.send(new CreateBucketCommand({ Bucket: bucket }))
    const { classpath } = await resolveJars('flink', silent, import.meta.dirname)
    const classes = await compileJava(join(import.meta.dirname, 'java/FileSinkJob.java'), classpath)
    const server = await Supervised.start({
      name: 'flink-file-sink',
      classpath: `${classes}:${classpath}`,
      command: folder => command(context, { folder, bucket, group, reader }),
      say: context.say,
    })
    const progress = new GroupProgress(context.world.source.direct, [group])
    await until(
      async () => (await newestCheckpoint(reader, bucket)) !== undefined,
      'Flink has made its first checkpoint',
    )
    return {
      victims: [server.victim],
      mappings: [],
      async rotateCredentials() {
        server.restart()
      },
      progress: () => progress.read(),
      // A job that ends with a savepoint has made all of its files visible: Apache Flink, "Stopping a Job Gracefully".
      async finish() {
        await writeFile(join(server.folder, 'stop'), '')
        await server.untilEnded()
      },
      found: () => inOrder(readFiles(reader, bucket)),
      putAside: async () => [],
      async stop() {
        await Promise.all([server.stop(), progress.close()])
        reader.destroy()
      },
    }
  },
}

interface Job {
  folder: string
  bucket: string
  group: string
  reader: S3Client
}

async function command({ world, topics }: SystemContext, { folder, bucket, group, reader }: Job): Promise<string[]> {
  const { endpoint = '', credentials } = world.store.address as StoreAddress & { credentials: Record<string, string> }
  const checkpoint = await newestCheckpoint(reader, bucket)
  const file = join(folder, 'job.properties')
  await saveProperties(file, {
    'job.brokers': world.source.connection.brokers.join(),
    'job.topics': topics.join(),
    'job.group': group,
    'job.folder': `s3://${bucket}/records`,
    'job.savepoints': `s3://${bucket}/savepoints`,
    'job.stop-file': join(folder, 'stop'),
    'job.discovery-ms': String(DISCOVERY_MS),
    'parallelism.default': '2',
    'execution.checkpointing.interval': `${CHECKPOINT_MS} ms`,
    'execution.checkpointing.dir': `s3://${bucket}/checkpoints`,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'restart-strategy.exponential-delay.max-backoff': '5 s',
    's3.endpoint': endpoint,
    's3.path.style.access': 'true',
    's3.access-key': credentials.accessKeyId ?? '',
    's3.secret-key': credentials.secretAccessKey ?? '',
    'io.tmp.dirs': folder,
    ...(checkpoint && { 'execution.state-recovery.path': `s3://${bucket}/${checkpoint}` }),
  })
  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, '../../../local/kafka/log4j2.properties')}`
  // What Flink's own scripts open for Java 17.
  const opened = ['java.util', 'java.lang', 'java.time', 'java.util.concurrent']
  return [log, ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`), 'chaos.others.FileSinkJob', file]
}

/** The key of the newest complete checkpoint: `checkpoints/<job>/chk-<number>/_metadata`. Numbers increase across restarts. */
async function newestCheckpoint(reader: S3Client, bucket: string): Promise<string | undefined> {
  const keys = (await objects(reader, bucket, 'checkpoints/')).map(({ Key = '' }) => Key)
  const number = (key: string) => Number(/\/chk-(\d+)\/_metadata$/.exec(key)?.[1] ?? -1)
  const [newest] = keys.filter(key => number(key) >= 0).toSorted((one, other) => number(other) - number(one))
  return newest
}

async function* readFiles(reader: S3Client, bucket: string): AsyncIterable<FoundRecord[]> {
  for (const { Key = '' } of await objects(reader, bucket, 'records/')) {
    // In-progress data of the sink, which readers leave out.
    if (!/^records\/part-[^/]*$/.test(Key)) continue
    const { Body } = await reader.send(new GetObjectCommand({ Bucket: bucket, Key }))
    const lines = ((await Body?.transformToString()) ?? '').split('\n').slice(0, -1)
    yield lines.map((line, row) => recordOf(JSON.parse(line), `${Key} ${row}`))
  }
}

async function objects(reader: S3Client, Bucket: string, Prefix: string): Promise<S3Object[]> {
  let found: S3Object[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await reader.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }))
    found = found.concat(page.Contents ?? [])
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken)
  return found
}

type Line = [topic: string, partition: number, offset: number, timestamp: number, ...parts: (string | null)[]]

function recordOf([topic, partition, offset, timestamp, key, value, ...headers]: Line, place: string): FoundRecord {
  return {
    ...{ topic, partition, offset, timestamp, place },
    key: bytes(key),
    value: bytes(value),
    headers: headers.flatMap((name, index) =>
      index % 2 === 0 ? { key: String(bytes(name)), value: bytes(headers[index + 1]) } : [],
    ),
  }
}

function bytes(text: string | null | undefined): Buffer | null {
  return text == null ? null : Buffer.from(text, 'base64')
}
