import fc from 'fast-check'
import { compressionNames, compressions, SMALL_BYTES } from '../../../lib/formats/compression.ts'

// Small bodies are compressed on the main thread and larger ones on others: neither may show in the bytes.
describe.each(compressionNames)('compression %s', name => {
  const { compress, decompress } = compressions[name]
  const aroundTheLimit = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: SMALL_BYTES - 2, max: SMALL_BYTES + 2 }),
    fc.integer({ min: 0, max: 8 * SMALL_BYTES }),
  )

  it('gives bodies of any size back, and the same bytes for the same body', async () => {
    await fc.assert(
      fc.asyncProperty(aroundTheLimit, fc.uint8Array({ minLength: 1, maxLength: 64 }), async (length, pattern) => {
        const body = Buffer.alloc(length, pattern)
        const compressed = await compress(Buffer.from(body))
        expect((await decompress(compressed)).equals(body)).toBe(true)
        expect((await compress(Buffer.from(body))).equals(compressed)).toBe(true)
      }),
    )
  })
})
