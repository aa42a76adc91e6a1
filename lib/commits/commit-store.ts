import type { HeldObject, ListedObject, ObjectWriter, StoredObject, StreamedObject } from '../s3/store.ts'

/** What the commit protocol needs of a store. A simulation has one in memory. */
export interface CommitStore {
  /** Lists keys in their order, from `after` (excluded) on, at most `limit` of them. */
  list(prefix: string, range?: { after?: string; limit?: number }): AsyncIterable<ListedObject>
  /** The bytes are the caller's, who may free their memory. @throws CodedError `STORE_OBJECT_MISSING` */
  get(key: string): Promise<Buffer>
  /** Like {@link get}. @param end not included; negative `start` counts from the end. @throws CodedError `STORE_OBJECT_MISSING` */
  slice(key: string, start: number, end?: number): Promise<Buffer>
  /** @throws CodedError `STORE_OBJECT_MISSING` */
  stream(key: string): AsyncIterable<Buffer>
  /** Undefined when there is no such object. */
  head(key: string): Promise<HeldObject | undefined>
  /** Creates the object unless the key exists. Of several at once, one creates it. @returns whether this call did */
  create(object: StoredObject): Promise<boolean>
  /** Begins an object that is written as its bytes come, in bounded memory, and created unless the key exists. */
  open(object: StreamedObject): ObjectWriter
  /** Writes or overwrites. */
  put(object: StoredObject): Promise<void>
  delete(keys: readonly string[]): Promise<void>
}
