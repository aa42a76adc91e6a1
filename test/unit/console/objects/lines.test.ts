import fc from 'fast-check'
import { linesOf } from '../../../../lib/console/objects/lines.ts'

test('lines are found wherever the bytes are cut, also the last one without a separator', async () => {
  const line = fc.stringMatching(/^[a-c-]{0,5}$/).filter(text => !text.includes('--'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      fc.constantFrom('\n', '\r\n'),
      fc.integer({ min: 1, max: 7 }),
      async (lines, separator, size) => {
        const text = Buffer.from(`${lines.map(line => line + separator).join('')}end`)
        async function* pieces() {
          for (let start = 0; start < text.length; start += size) yield text.subarray(start, start + size)
        }
        const found = await Array.fromAsync(linesOf({ lines: pieces(), separator: Buffer.from(separator) }))
        expect(found.flat().map(String)).toEqual([...lines, 'end'])
      },
    ),
    { numRuns: 200 },
  )
})
