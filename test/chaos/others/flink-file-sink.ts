import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { GroupProgress } from '../systems/group-progress.ts'
import type { ChaosSystem, StartedSystem } from '../systems/system.ts'
import { until } from '../until.ts'
import { FLINK_CHECKPOINT_MS, finishFlinkJob, newestCheckpoint, readFlinkFiles, startFlinkJob } from './flink-job.ts'
import { inOrder } from './in-order.ts'

/**
 * Flink's file sink, with what its documentation says is exactly once: checkpoints in the store, a file per checkpoint, and after a
 * crash the newest retained checkpoint. Sources: Apache Flink, "FileSystem" and "Checkpoints".
 */
export const flinkFileSink: ChaosSystem = {
  summary: `Flink 2.2.0’s FileSink after KafkaSource, lines of JSON, a checkpoint in the store every ${FLINK_CHECKPOINT_MS / 1_000} s`,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: ['brokers', 'network', 'topics', 'store', 'credentials', 'server'],
  async start(context): Promise<StartedSystem> {
    const { world, topics, say } = context
    const name = `${context.name}-flink`
    const reader = new S3Client(world.store.direct)
    await reader.send(new CreateBucketCommand({ Bucket: name }))
    const { brokers } = world.source.connection
    const job = await startFlinkJob({ name, brokers, store: () => world.store.address, reader, topics, say })
    const progress = new GroupProgress(world.source.direct, [name])
    await until(async () => (await newestCheckpoint(reader, name)) !== undefined, 'Flink has made its first checkpoint')
    return {
      victims: [job.victim],
      mappings: [],
      async rotateCredentials() {
        job.restart()
      },
      progress: () => progress.read(),
      finish: () => finishFlinkJob(job),
      found: () => inOrder(readFlinkFiles(reader, name)),
      putAside: async () => [],
      async stop() {
        await Promise.all([job.stop(), progress.close()])
        reader.destroy()
      },
    }
  },
}
