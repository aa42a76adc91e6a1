import type { Routing } from '../replication/routing.ts'

/** With any partitioner but the one that keeps partitions. */
export function isScattered({ partitioner }: Pick<Routing, 'partitioner'>): boolean {
  return partitioner !== 'same'
}
