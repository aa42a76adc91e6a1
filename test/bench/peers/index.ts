import { dumps } from './dumps.ts'
import { flinks } from './flink.ts'
import { iceberg } from './iceberg.ts'
import type { Peer } from './peer.ts'
import { replications } from './replications.ts'

/** What is compared, by the names in the tables. */
export const peers: Readonly<Record<string, Peer>> = {
  ...dumps,
  ...flinks,
  'Iceberg, parquet zstd': iceberg,
  ...replications,
}
