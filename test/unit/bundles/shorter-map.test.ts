import { SourceMap } from 'node:module'
import { build } from 'esbuild'
import { shorterMap } from '../../../lib/bundles/shorter-map.ts'

/** A minified file and its map. */
async function minified(contents: string): Promise<{ lines: string[]; map: string }> {
  const { outputFiles } = await build({
    stdin: { contents, sourcefile: 'source.js' },
    minify: true,
    bundle: true,
    format: 'esm',
    sourcemap: 'external',
    outfile: 'out.js',
    write: false,
  })
  const text = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? ''
  return { lines: text('out.js').split('\n'), map: text('.map') }
}

/** Where each character of a file comes from, as Node.js looks it up. */
function places(lines: string[], map: string): unknown[] {
  const found = new SourceMap(JSON.parse(map))
  return lines.flatMap((line, row) =>
    Array.from(line, (_, column) => {
      const { originalSource, originalLine, originalColumn, name } = found.findEntry(row, column) as Record<
        string,
        unknown
      >
      return [originalSource, originalLine, originalColumn, name]
    }),
  )
}

const source = `
  const distance = (first, second) => Math.abs(first - second)
  // The text has several lines when it is minified, too.
  const text = \`one
  two \${distance(1, process.argv.length)}
  three\`
  export function describe(options) {
    const { name, value = text } = options
    return name + value + distance(name.length, -value.length)
  }`

test('a map that says everything once stays as it is', async () => {
  const { lines, map } = await minified(source)
  expect(places(lines, shorterMap(map))).toEqual(places(lines, map))
})

test('places that follow from the one before are left out, and each character has its place', async () => {
  const mappings = 'AAAA,CACA,CAAA,CAAA,EACA;AAAA,CAAA;;AAAC'
  const map = JSON.stringify({ version: 3, sources: ['source.js'], names: [], mappings })
  const lines = ['abcdefgh', 'abc', '', 'abc']
  const short = shorterMap(map)
  expect(JSON.parse(short).mappings).toBe('AAAA,CACA,IACA;AAAA;;AAAC')
  expect(places(lines, short)).toEqual(places(lines, map))
})

test('of a dependency, which has one place, no names are left', () => {
  const map = { version: 3, sources: ['dependency.js', 'own.ts'], names: ['e', 'own'], mappings: 'AAAAA,CAAAA,CCEEC' }
  expect(JSON.parse(shorterMap(JSON.stringify(map)))).toMatchObject({ names: ['own'], mappings: 'AAAA,ECEEA' })
})
