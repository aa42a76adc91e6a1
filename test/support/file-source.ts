import { open } from 'node:fs/promises'
import type { ByteSource } from '../../lib/formats/byte-source.ts'

/** A file's bytes, as a store gives an object's. */
export async function fileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file = await open(path)
  const { size } = await file.stat()
  return {
    size,
    async slice(start, end) {
      const bytes = Buffer.alloc(end - start)
      await file.read(bytes, 0, bytes.length, start)
      return bytes
    },
    async *stream() {
      yield* file.createReadStream({ autoClose: false, start: 0 })
    },
    close: () => file.close(),
  }
}
