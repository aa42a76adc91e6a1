/** An object's bytes, read as they are needed. */
export interface ByteSource {
  size: number
  /** @param end not included */
  slice(start: number, end: number): Promise<Buffer>
  stream(): AsyncIterable<Buffer>
}

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
