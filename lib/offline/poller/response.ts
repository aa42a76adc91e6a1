import type { Batch, PartitionRecords } from './batch.ts'

/**
 * The offsets per partition that a function reports as failed, as they are listed. Empty when the response lists no failures.
 *
 * @throws when the response can't be read or lists a record that isn't in the batch: then the whole batch has failed
 */
export function failedOffsets(response: unknown, batch: Batch): Map<number, Set<number>> {
  const failed = new Map<number, Set<number>>()
  for (const { itemIdentifier } of listedFailures(response)) {
    const { partition: name, offset } = (itemIdentifier ?? {}) as { partition?: unknown; offset?: unknown }
    const group = typeof name === 'string' ? batch.partition(name) : undefined
    if (!group || typeof offset !== 'number' || !hasOffset(group, offset)) {
      throw new Error(`the response lists ${describe(itemIdentifier)}, which is not in the batch`)
    }
    const listed = failed.get(group.partition)
    if (listed) listed.add(offset)
    else failed.set(group.partition, new Set([offset]))
  }
  return failed
}

function listedFailures(response: unknown): { itemIdentifier?: unknown }[] {
  if (response === undefined || response === null || response === '') return []
  if (typeof response !== 'object')
    throw new Error(`the response is a ${typeof response}, not an object with batchItemFailures`)
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) throw new Error('batchItemFailures in the response is not a list')
  return failures.map(failure => failure ?? {})
}

/** A binary search, because the list of failures can be as long as the batch. */
function hasOffset({ records }: PartitionRecords, offset: number): boolean {
  let low = 0
  let high = records.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const found = records[middle]?.offset ?? Number.POSITIVE_INFINITY
    if (found === offset) return true
    if (found < offset) low = middle + 1
    else high = middle - 1
  }
  return false
}

function describe(itemIdentifier: unknown): string {
  return (JSON.stringify(itemIdentifier) ?? 'nothing').slice(0, 200)
}
