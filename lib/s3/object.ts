import type { ContentDescription } from './request-fields.ts'

/** An object with its bytes as they are stored. */
export interface StoredObject extends ContentDescription {
  key: string
  body: Buffer
}

/** An object as a listing has it. */
export interface ListedObject {
  key: string
  /** Bytes as stored. */
  size: number
  /** When it was written, by the store's clock, in milliseconds since the epoch. */
  modified: number
}

/** An object as the store describes it. */
export interface HeldObject {
  size: number
  etag: string
  modified: number
  metadata: Record<string, string>
}

/** An object whose bytes come in pieces. */
export type StreamedObject = Omit<StoredObject, 'body'>

/** An object that is being written. Nobody sees it before `close`; when a step fails, nothing of it is left. */
export interface ObjectWriter {
  /** Returns when there is room for more bytes. The bytes are copied. */
  write(bytes: Buffer): Promise<void>
  /**
   * @returns what was created; undefined when the key has an object, which stays as it is: another writer's, or this one's if
   * the store's answer was lost on its way, so look at the object
   */
  close(): Promise<Pick<HeldObject, 'etag' | 'size'> | undefined>
  abort(): Promise<void>
}
