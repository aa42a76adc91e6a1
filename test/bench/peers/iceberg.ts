import type { ObjectStore } from '../../../lib/s3/store.ts'
import {
  catalogFile,
  createControlTopic,
  ICEBERG_COMMIT_MS,
  startIcebergConnector,
} from '../../chaos/others/iceberg-connector.ts'
import { metadataLocation, readTable } from '../../chaos/others/iceberg-table.ts'
import { leashedUsage } from '../process-usage.ts'
import { bucketOutput } from './bucket-output.ts'
import { JAVA_SETTINGS, javaOptions, pomTitle } from './java.ts'
import type { Peer } from './peer.ts'

/** Kafka Connect with Apache Iceberg's sink: a worker and its two tasks are one process. */
export const iceberg: Peer = {
  form: 'Parquet, zstd',
  version: `${pomTitle('test/chaos/others/iceberg')} on Kafka Connect ${pomTitle('local/mirror-maker').split(' ').at(-1)}`,
  settings: `one worker, two tasks, a commit every ${ICEBERG_COMMIT_MS / 1_000} s, catalog in SQLite; ${JAVA_SETTINGS}`,
  async start({ name, topic, records, world, bucket, complain }) {
    const brokers = [world.source.brokers]
    const admin = await createControlTopic(brokers, name)
    await admin.disconnect()
    const store = () => world.address
    const worker = await startIcebergConnector({ name, brokers, store, topics: [topic], javaOptions, say: complain })
    const catalog = catalogFile(worker)
    return {
      usage: async () => leashedUsage(await worker.server.leader),
      isComplete: async () => (await tableRecords(catalog, bucket)) >= records,
      output: () => bucketOutput(bucket, key => key.endsWith('.parquet')),
      async check(tally) {
        for await (const file of readTable(catalog, world.address)) for (const record of file) tally.add(record)
        return tally.faults()
      },
      stop: () => worker.stop(),
    }
  },
}

interface TableMetadata {
  'current-snapshot-id': number
  snapshots: { 'snapshot-id': number; summary: { 'total-records'?: string } }[]
}

/** How many records a reader of the table sees. Source: Apache Iceberg, "Spec", table metadata and snapshots. */
async function tableRecords(catalog: string, bucket: ObjectStore): Promise<number> {
  const location = currentLocation(catalog)
  if (location === undefined) return 0
  const [, key = ''] = /^s3:\/\/[^/]+\/(.*)$/.exec(location) ?? []
  // Ids have more digits than a number keeps, and are only compared.
  const { snapshots, ...metadata } = JSON.parse((await bucket.get(key)).toString()) as TableMetadata
  const current = snapshots.find(snapshot => snapshot['snapshot-id'] === metadata['current-snapshot-id'])
  return Number(current?.summary['total-records'] ?? 0)
}

/** The sink makes the catalog, and locks it while it writes. */
function currentLocation(catalog: string): string | undefined {
  try {
    return metadataLocation(catalog)
  } catch {
    return undefined
  }
}
