import type { FoundRecord } from '../checker/found.ts'

/**
 * Records of files whose names say nothing about their order: partition by partition, each file's in the order in which they are in
 * it, and files in the order of their first offsets. So a disorder within a file shows; readers of such files expect no more.
 */
export async function* inOrder(files: AsyncIterable<FoundRecord[]>): AsyncIterable<FoundRecord> {
  const partitions = new Map<string, FoundRecord[][]>()
  for await (const file of files)
    for (const [partition, records] of Map.groupBy(file, ({ topic, partition }) => `${topic}-${partition}`))
      partitions.set(partition, [...(partitions.get(partition) ?? []), records])
  for (const runs of partitions.values()) yield* runs.toSorted((one, other) => first(one) - first(other)).flat()
}

function first(records: FoundRecord[]): number {
  return records[0]?.offset ?? 0
}
