import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import type { ListedObject } from '../s3/store.ts'
import type { Original } from './adopt-copy.ts'
import type { Compaction, RunTime } from './compaction.ts'

export interface Adoption {
  /** Only the objects of these topics. Absent: all under the prefix. */
  topics?: string[]
  /** Where the objects are compacted. Absent: where they are. */
  to?: Compaction
  time: RunTime
  /** Only finds out which objects would be adopted, by their names. */
  dryRun?: boolean
  onProgress?(progress: AdoptionReport): void
}

/** What became of the objects of an earlier dump. */
export interface AdoptionReport {
  /** Staged, for compaction to make larger objects of. */
  adopted: number
  bytes: number
  /** Originals that were removed. To another prefix, those whose records are in the new objects. */
  removed: number
  /** Objects that compaction has made. */
  committed: number
  /** Left where they are, each with the reason. */
  left: { key: string; reason: string }[]
  /** Whether the time was over before all objects were looked at. */
  unfinished: boolean
}

/** An object of an earlier dump, as it was when it was read. */
export type OriginalObject = Original & { etag: string }

/** The errors of one object, which stays where it is; all others end the adoption. */
const ofOneObject: readonly ErrorCode[] = [
  ...(['RECORD_UNDECODABLE', 'STAGED_OBJECT_DAMAGED'] as const),
  ...(['STORE_OBJECT_MISSING', 'STORE_OBJECT_DIFFERS'] as const),
]

export function isOfOneObject(error: unknown): boolean {
  return error instanceof CodedError && ofOneObject.includes(error.code)
}

/** Every object under the prefix or of the topics, except for those in folders that readers pass over. */
export async function* originals({ store, keys, prefix }: Compaction, topics?: string[]): AsyncGenerator<ListedObject> {
  const root = prefix === '' ? '' : `${prefix}/`
  for (const folder of topics ? topics.map(topic => keys.folderOf(topic)) : [root]) {
    for await (const object of store.list(folder)) {
      const name = keys.parse(object.key)
      const isHidden = object.key.slice(root.length).startsWith('_')
      if (!isHidden && (!topics || (name && topics.includes(name.topic)))) yield object
    }
  }
}

/** Undefined when it is gone: another worker has adopted it. */
export async function readOriginal(key: string, { store, keys }: Compaction): Promise<OriginalObject | undefined> {
  const held = await store.head(key)
  if (!held) return undefined
  const name = keys.parse(key) as Original['name']
  const body = await unlessMissing(store.get(key))
  return body && { key, name, body, metadata: held.metadata, etag: held.etag }
}

/** Undefined where there is no such object. */
export async function unlessMissing(body: Promise<Buffer>): Promise<Buffer | undefined> {
  return await body.catch(error => {
    if (asCodedError(error).code === 'STORE_OBJECT_MISSING') return undefined
    throw error
  })
}
