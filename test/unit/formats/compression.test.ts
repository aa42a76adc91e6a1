import fc from 'fast-check'
import { compressionNames, compressions, SMALL_BYTES } from '../../../lib/formats/compression.ts'

// Small bodies are compressed on the main thread and larger ones on others: neither may show in the bytes.
describe.each(compressionNames)('compression %s', name => {
  const { compress, decompress, levels } = compressions[name]
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

  it('gives bodies back at any level, and smaller ones at the highest', async () => {
    const { least, most } = levels ?? { least: 1, most: 1 }
    const body = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `{"order":${index * 7919}}`).join('\n'))
    const sizes: number[] = []
    for (let level = least; level <= most; level++) {
      const compressed = await compress(Buffer.from(body), level)
      expect((await decompress(compressed)).equals(body)).toBe(true)
      sizes.push(compressed.length)
    }
    expect(sizes.at(-1)).toBeLessThanOrEqual(sizes[0] as number)
  })

  it('reads all members or frames that stand one behind the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aroundTheLimit, { minLength: 1, maxLength: 5 }), async lengths => {
        const bodies = lengths.map((length, index) => Buffer.alloc(length, `${index}`))
        const joined = Buffer.concat(await Promise.all(bodies.map(body => compress(Buffer.from(body)))))
        expect((await decompress(joined)).equals(Buffer.concat(bodies))).toBe(true)
      }),
    )
  })
})

describe.each(['gzip', 'zstd'] as const)('%s refuses', name => {
  const { compress, decompress } = compressions[name]
  const one = compress(Buffer.from('one'))

  test.each([
    ['nothing', async () => Buffer.alloc(0)],
    ['a member or frame that is cut off', async () => Buffer.concat([await one, (await one).subarray(0, -1)])],
    ['something else behind the last', async () => Buffer.concat([await one, Buffer.from('else')])],
    ['one that stands behind zeros', async () => Buffer.concat([await one, Buffer.alloc(9), await one])],
  ])('%s', async (_, bytes) => {
    await expect(decompress(await bytes())).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
  })
})
