import type { CommitStore } from '../../commits/commit-store.ts'
import type { ObjectWriter } from '../../s3/store.ts'

/** Bytes that went through a store. */
export interface Traffic {
  read: number
  written: number
}

/** The same store, which tells of bytes as they come and go. */
export function countedStore(store: CommitStore, onTraffic: (traffic: Readonly<Traffic>) => void): CommitStore {
  const traffic: Traffic = { read: 0, written: 0 }
  const count = (kind: keyof Traffic, bytes: Buffer) => {
    traffic[kind] += bytes.length
    onTraffic(traffic)
    return bytes
  }
  const read = (bytes: Buffer) => count('read', bytes)
  return {
    ...store,
    get: async key => read(await store.get(key)),
    slice: async (...range) => read(await store.slice(...range)),
    async *stream(key) {
      for await (const bytes of store.stream(key)) yield read(bytes)
    },
    create(object) {
      count('written', object.body)
      return store.create(object)
    },
    put(object) {
      count('written', object.body)
      return store.put(object)
    },
    open(object): ObjectWriter {
      const writer = store.open(object)
      return {
        async write(bytes) {
          count('written', bytes)
          await writer.write(bytes)
        },
        close: () => writer.close(),
        abort: () => writer.abort(),
      }
    },
  }
}
