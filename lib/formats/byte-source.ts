import type { ByteSource } from './joining.ts'

/** Bytes in memory as a source. */
export function bytesAsSource(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    slice: async (start, end) => bytes.subarray(start, end),
    async *stream() {
      yield bytes
    },
  }
}
