import { ByteWriter } from 'hyparquet-writer'

/**
 * The library's writer, with memory that is free once it isn't needed: the library leaves each buffer that has become too small, and the
 * last one with up to half of it unused, to the garbage collector.
 */
export class ParquetFileWriter extends ByteWriter {
  override ensure(size: number): void {
    const needed = this.index + size
    if (needed <= this.buffer.byteLength) return
    this.buffer = this.buffer.transfer(Math.max(2 * this.buffer.byteLength, needed))
    this.view = new DataView(this.buffer)
  }

  /** The bytes of the file. Nothing can be appended afterwards. */
  take(): Buffer {
    return Buffer.from(this.buffer.transfer(this.index))
  }
}
