import type { CommitStore } from '../../../lib/commits/commit-store.ts'

/** The same store with some of its methods replaced, for planted bugs. */
export function variant(client: CommitStore, changes: Partial<CommitStore>): CommitStore {
  return {
    list: (prefix, range) => client.list(prefix, range),
    get: key => client.get(key),
    slice: (key, start, end) => client.slice(key, start, end),
    stream: key => client.stream(key),
    head: key => client.head(key),
    create: object => client.create(object),
    open: object => client.open(object),
    put: object => client.put(object),
    delete: keys => client.delete(keys),
    ...changes,
  }
}
