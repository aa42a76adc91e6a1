import type { CommitStore } from '../commits/commit-store.ts'
import type { Layout } from './layout.ts'

/** What reading a dump needs of a store. */
export type DumpStore = Pick<CommitStore, 'list' | 'get' | 'slice' | 'stream' | 'head'>

/** A folder of a bucket in which a dump is. */
export interface DumpSource {
  store: DumpStore
  /** The folder, without slashes at either end; `''` for the bucket's root. */
  prefix: string
  /** How its objects are arranged: see `lib/dumped/layouts/index.ts`. */
  layout: Layout
  /**
   * How old the newest record of an object may be, in milliseconds. Objects that were deleted because of it aren't missing.
   * Absent: objects stay.
   */
  recordRetentionMs?: number
  /**
   * The same dump in another folder of the bucket: what that is called, such as `s3://bucket/folder`, and how keys are read there.
   * Absent: nobody is told where else something is.
   */
  at?(prefix: string): { place: string; layout: Pick<Layout, 'parse'> }
}
