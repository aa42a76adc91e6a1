import type { ObjectStore } from '../../lib/s3/store.ts'

/** What is in a store under a prefix so far, by the names of its objects, which tell their records. */
export async function writtenObjects(store: ObjectStore, prefix: string) {
  const total = { records: 0, objects: 0, megabytes: 0 }
  for await (const { key, size } of store.list(prefix)) {
    total.records += recordsOf(key)
    total.objects += 1
    total.megabytes += size / 1e6
  }
  return total
}

/** How many records an object has whose offsets have no gaps, by its key. */
export function recordsOf(key: string): number {
  const [, first, last] = /\+(\d+)-(\d+)\./.exec(key) ?? []
  return Number(last) - Number(first) + 1
}
