import { S3Client } from '@aws-sdk/client-s3'
import { FLINK_CHECKPOINT_MS, type FlinkLines, readFlinkFiles, startFlinkJob } from '../../chaos/others/flink-job.ts'
import { GroupProgress } from '../../chaos/systems/group-progress.ts'
import { leashedUsage } from '../process-usage.ts'
import { bucketOutput } from './bucket-output.ts'
import { JAVA_SETTINGS, javaOptions, pomTitle } from './java.ts'
import type { Peer, PeerRun, RunningPeer } from './peer.ts'

const flink = (form: 'JSON, gzip' | 'JSON, zstd', compression: FlinkLines['compression']): Peer => ({
  form,
  version: pomTitle('test/chaos/others/flink'),
  settings: `KafkaSource and FileSink, parallelism 2, a checkpoint in the store every ${FLINK_CHECKPOINT_MS / 1_000} s; ${JAVA_SETTINGS}`,
  start: run => startFlink(run, { encoding: 'text', compression }),
})

/** Flink's file sink: job manager and task manager are one process. */
export const flinks: Readonly<Record<string, Peer>> = {
  'Flink, json gzip': flink('JSON, gzip', 'gzip'),
  'Flink, json zstd': flink('JSON, zstd', 'zstd'),
}

async function startFlink(run: PeerRun, lines: FlinkLines): Promise<RunningPeer> {
  const { name, topic, records, world, bucket, complain } = run
  const reader = new S3Client(world.address)
  const job = await startFlinkJob({
    ...{ name, reader, lines, javaOptions, say: complain },
    brokers: [world.source.brokers],
    store: () => world.address,
    topics: [topic],
  })
  const progress = new GroupProgress(world.source.connections.plaintext, [name])
  return {
    usage: async () => leashedUsage(await job.leader),
    // A checkpoint commits offsets, and makes files visible at about the same time.
    async isComplete() {
      return (await progress.read()) >= records && (await visibleRecords(reader, name, lines)) >= records
    },
    output: () => bucketOutput(bucket, key => key.startsWith('records/')),
    async check(tally) {
      for await (const file of readFlinkFiles(reader, name, lines)) for (const record of file) tally.add(record)
      return tally.faults()
    },
    async stop() {
      await Promise.all([job.stop(), progress.close()])
      reader.destroy()
    },
  }
}

async function visibleRecords(reader: S3Client, bucket: string, lines: FlinkLines): Promise<number> {
  let records = 0
  for await (const file of readFlinkFiles(reader, bucket, lines)) records += file.length
  return records
}
