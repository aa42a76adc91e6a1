import { zstdContent } from '../../zstd-frames.ts'
import type { Library } from '../client/client.ts'

/**
 * Makes the client library read batches whose records a producer has compressed in several zstd frames, as Java's consumer
 * does. The library reads the first frame alone and then fails.
 */
export function readAllFrames(library: Library): void {
  const decompressSync = (bytes: Buffer) => zstdContent(bytes)
  Object.assign(library.compressionsAlgorithms.zstd, { decompressSync })
}
