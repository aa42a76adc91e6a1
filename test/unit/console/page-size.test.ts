import { brotliCompressSync } from 'node:zlib'
import { bundlePage } from '../../../lib/console/page-bundle.ts'

/** What a browser loads for all screens together, in bytes as they are sent. */
const MAX_SIZE = 80_000

test('all of the page is at most 80 KB as it is sent', async () => {
  const files = await bundlePage()
  expect([...files.keys()]).toEqual(expect.arrayContaining(['main.js', 'style.css', 'screens/records.css', 'icon.svg']))
  const sizes = Array.from(files.values(), content => brotliCompressSync(content).length)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_SIZE)
})
