import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const page = readFileSync(join(root, 'packages/serverless-offline-kafka/README.md'), 'utf8')
const [, section = ''] = /^## Conformance$([\s\S]*?)^## /m.exec(page) ?? []
const files = Map.groupBy(globSync('test/{unit,integration}/**/*.test.ts', { cwd: root }), file => basename(file))

/** What AWS documents in each row, and the row’s last cell: `file.test.ts` “one”, “another”. */
const rows = section
  .split('\n\n')
  .filter(block => block.trimStart().startsWith('| AWS documents |'))
  .flatMap(block => block.trim().split('\n').slice(2))
  .map(row => row.slice(1, -1).split(' | '))
  .map(cells => [cells[0]?.trim() ?? '', cells.at(-1)?.trim() ?? ''] as const)
const named = rows.flatMap(([, cell]) =>
  Array.from(cell.matchAll(/`([^`]+\.test\.ts`(?:,? “[^”]+”)+)/g), ([, text = '']) => text.split('`')).flatMap(
    ([file = '', names = '']) => Array.from(names.matchAll(/“([^”]+)”/g), ([, name = '']) => [file, name] as const),
  ),
)

test('the conformance table has its rows', () => {
  expect(rows.length).toBeGreaterThan(50)
})

test.each(rows)('%s: has a test', (_, cell) => {
  const [, file = ''] = /^`([^`]+\.test\.ts)`/.exec(cell) ?? []
  expect(files.has(file)).toBe(true)
})

test.each(named)('%s has the test “%s”', (file, name) => {
  const sources = (files.get(file) ?? []).map(path => readFileSync(join(root, path), 'utf8'))
  expect(sources.some(source => source.includes(`'${name}'`))).toBe(true)
})
