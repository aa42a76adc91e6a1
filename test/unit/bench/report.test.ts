import { existsSync, readFileSync } from 'node:fs'
import { fillTables } from '../../../local/readme-tables.ts'
import { benchmarkPictures, benchmarkTables, PAGE, readResults } from '../../bench/report/page.ts'

const file = (name: string) => new URL(`../../../${name}`, import.meta.url)
const page = readFileSync(file(PAGE), 'utf8')

test(`the tables of ${PAGE} are what docs/benchmarks gives (npm run bench:report writes them)`, () => {
  expect(fillTables(page, benchmarkTables(readResults))).toBe(page)
})

test('every table is in the page', () => {
  const named = Array.from(page.matchAll(/<!-- table: (.+?) -->/g), ([, name]) => name)
  expect(named.toSorted()).toEqual(Object.keys(benchmarkTables(() => undefined)).toSorted())
})

test('the pictures are those of the results, and the page shows each of them', () => {
  for (const [name, picture] of Object.entries(benchmarkPictures(readResults))) {
    expect(existsSync(file(name)) && readFileSync(file(name), 'utf8')).toBe(picture)
    expect(page).toContain(`](${name.replace('docs/', '')})`)
  }
})
