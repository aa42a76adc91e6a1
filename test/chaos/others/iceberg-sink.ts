import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { GroupProgress } from '../systems/group-progress.ts'
import type { ChaosSystem, StartedSystem } from '../systems/system.ts'
import { until } from '../until.ts'
import {
  catalogFile,
  controlTopicOf,
  createControlTopic,
  ICEBERG_COMMIT_MS,
  startIcebergConnector,
} from './iceberg-connector.ts'
import { readTable } from './iceberg-table.ts'
import { inOrder } from './in-order.ts'

/** How long the last commit may take: several of the sink's own time limits of 30 s each. */
const LAST_COMMIT_MS = 120_000
const LOOK_MS = 500

/** Apache Iceberg's sink, with what its documentation says is exactly once. Source: Apache Iceberg, "Kafka Connect". */
export const icebergSink: ChaosSystem = {
  summary: `Iceberg 1.12.0’s sink on Kafka Connect 4.3.1, two tasks, Parquet, catalog in SQLite, a commit every ${ICEBERG_COMMIT_MS / 1_000} s`,
  laws: { duplicates: 'never', putAside: 'never' },
  uses: ['brokers', 'network', 'topics', 'store', 'credentials', 'server'],
  async start(context): Promise<StartedSystem> {
    const { world, topics, say } = context
    const name = `${context.name}-iceberg`
    await createBucket(world.store.direct, name)
    const admin = await createControlTopic(world.source.direct.brokers, name)
    const { brokers } = world.source.connection
    const worker = await startIcebergConnector({ name, brokers, store: () => world.store.address, topics, say })
    // Source offsets are committed with the message that names the data files; the coordinator's, with the table's commit.
    const written = new GroupProgress(world.source.direct, [`connect-${name}`])
    const committed = new GroupProgress(world.source.direct, [`connect-${name}-coord`])
    await until(async () => (await committed.read()) > 0, 'Iceberg’s sink has made its first commit')
    return {
      victims: [worker.server.victim],
      mappings: [],
      async rotateCredentials() {
        worker.configure()
      },
      progress: () => written.read(),
      async finish() {
        const [{ offset = '0' } = {}] = await admin.fetchTopicOffsets(controlTopicOf(name))
        const deadline = performance.now() + LAST_COMMIT_MS
        while ((await committed.read()) < Number(offset)) {
          if (performance.now() > deadline)
            return say(`${name}: the last commit did not come within ${LAST_COMMIT_MS / 1_000} s`)
          await sleep(LOOK_MS)
        }
      },
      found: () => inOrder(readTable(catalogFile(worker), world.store.direct)),
      putAside: async () => [],
      async stop() {
        await Promise.all([worker.stop(), written.close(), committed.close(), admin.disconnect()])
      },
    }
  },
}

async function createBucket(address: StoreAddress, Bucket: string): Promise<void> {
  const store = new S3Client(address)
  await store.send(new CreateBucketCommand({ Bucket }))
  store.destroy()
}
