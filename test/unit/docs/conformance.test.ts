import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'packages/serverless-offline-kafka/README.md'), 'utf8')
const [, table = ''] = /^## Conformance$([\s\S]*?)^## /m.exec(page) ?? []
const files = Map.groupBy(globSync('test/{unit,integration}/**/*.test.ts', { cwd: root }), file => basename(file))

/** `file.test.ts` “one”, “another”. */
const cells = Array.from(table.matchAll(/^\|.*\|(.*)\|$/gm), ([, cell = '']) => cell)
const named = cells.flatMap(cell =>
  Array.from(cell.matchAll(/`([^`]+\.test\.ts`(?:,? “[^”]+”)+)/g), ([, text = '']) => text.split('`')).flatMap(
    ([file = '', names = '']) => Array.from(names.matchAll(/“([^”]+)”/g), ([, name = '']) => [file, name] as const),
  ),
)

test('the conformance table names tests', () => {
  expect(named.length).toBeGreaterThan(20)
})

test.each(named)('%s has the test “%s”', (file, name) => {
  const sources = (files.get(file) ?? []).map(path => readFileSync(join(root, path), 'utf8'))
  expect(sources.some(source => source.includes(`'${name}'`))).toBe(true)
})
