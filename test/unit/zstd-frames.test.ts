import zlib from 'node:zlib'
import fc from 'fast-check'
import { ZstdFrames, zstdFrames } from '../../lib/zstd-frames.ts'

const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)),
  // Blocks of one repeated byte, and more than one block.
  fc.integer({ min: 0, max: 400_000 }).map(length => Buffer.alloc(length, 'x')),
  fc.integer({ min: 0, max: 300_000 }).map(length => Buffer.from(Array.from({ length }, (_, i) => (i * 7919) % 251))),
)
/** A frame as compressors with various settings write it: with and without the content's size and a checksum. */
const frame = fc
  .record({ content, pledged: fc.boolean(), checksum: fc.boolean(), level: fc.constantFrom(1, 3) })
  .map(({ content, pledged, checksum, level }) => {
    const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = zlib.constants
    const params = { [ZSTD_c_checksumFlag]: checksum ? 1 : 0, [ZSTD_c_compressionLevel]: level }
    const bytes = zlib.zstdCompressSync(content, { params, ...(pledged && { pledgedSrcSize: content.length }) })
    return { content, bytes }
  })
const skippable = fc.tuple(fc.nat({ max: 15 }), fc.nat({ max: 70_000 })).map(([kind, length]) => {
  const bytes = Buffer.alloc(8 + length, 0xff)
  bytes.writeUInt32LE(0x184d2a50 + kind, 0)
  bytes.writeUInt32LE(length, 4)
  return { content: Buffer.alloc(0), bytes, isSkippable: true }
})
const several = fc.array(fc.oneof({ weight: 4, arbitrary: frame }, skippable), { maxLength: 6 })

test('law: every frame is found, however the bytes come, and nothing of frames that have no content', async () => {
  await fc.assert(
    fc.property(several, fc.integer({ min: 1, max: 100_000 }), (frames, chunkSize) => {
      const bytes = Buffer.concat(frames.map(frame => frame.bytes))
      const expected = frames.filter(frame => !('isSkippable' in frame)).map(frame => frame.bytes)
      expect(zstdFrames(bytes).map(found => found.toString('hex'))).toEqual(expected.map(each => each.toString('hex')))
      const walker = new ZstdFrames()
      const found: Buffer[] = []
      let open = Buffer.alloc(0)
      for (let start = 0; start < bytes.length; start += chunkSize) {
        for (const piece of walker.pieces(bytes.subarray(start, start + chunkSize))) {
          open = Buffer.concat([open, piece.bytes])
          if (!piece.last) continue
          found.push(open)
          open = Buffer.alloc(0)
        }
      }
      walker.end()
      expect(Buffer.concat(found).equals(Buffer.concat(expected))).toBe(true)
      expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length))
    }),
    { numRuns: 50 },
  )
})

test('law: data that is cut off anywhere but between frames is refused', async () => {
  await fc.assert(
    fc.property(fc.array(fc.oneof(frame, skippable), { minLength: 1, maxLength: 3 }), fc.nat(), (frames, cut) => {
      const bytes = Buffer.concat(frames.map(frame => frame.bytes))
      const ends = frames.map((_, index) => Buffer.concat(frames.slice(0, index).map(frame => frame.bytes)).length)
      const length = cut % bytes.length
      if (ends.includes(length)) return
      expect(() => zstdFrames(bytes.subarray(0, length))).toThrow()
    }),
  )
})

test.each(['x', 'xxxxxxxxxxxx', '\0'])('what is no frame is refused behind one: %j', rest => {
  const one = zlib.zstdCompressSync('content')
  expect(() => zstdFrames(Buffer.concat([one, Buffer.from(rest)]))).toThrow()
})
