/**
 * Frees the memory of a large buffer at once; the buffer must not be used afterwards. The garbage collector would free it
 * much later, because the memory is outside the heap whose size it watches. Does nothing if the buffer shares its memory.
 */
export function freeBuffer(bytes: Buffer): void {
  const ownsItsMemory = bytes.length === bytes.buffer.byteLength
  if (ownsItsMemory) (bytes.buffer as ArrayBuffer).transfer(0)
}
