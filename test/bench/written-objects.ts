import type { ObjectStore } from '../../lib/s3/store.ts'

/** What is in a store under a prefix so far, by the names of its objects, which tell their records. */
export async function writtenObjects(store: ObjectStore, prefix: string) {
  const total = { records: 0, objects: 0, megabytes: 0 }
  for await (const { key, size } of store.list(prefix)) {
    const [, first, last] = /\+(\d+)-(\d+)\./.exec(key) ?? []
    total.records += Number(last) - Number(first) + 1
    total.objects += 1
    total.megabytes += size / 1e6
  }
  return total
}
