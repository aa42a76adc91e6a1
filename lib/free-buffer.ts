/**
 * Gives the memory of a large buffer back at once; nobody may use the buffer any more. The garbage collector would leave it
 * for long, as it lies outside of the heap that it watches. One that shares its memory with others is left alone.
 */
export function freeBuffer(bytes: Buffer): void {
  const ownsItsMemory = bytes.length === bytes.buffer.byteLength
  if (ownsItsMemory) (bytes.buffer as ArrayBuffer).transfer(0)
}
