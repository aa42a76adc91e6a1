import { readFile, writeFile } from 'node:fs/promises'
import { fillTables, pages } from './readme-tables.ts'

for (const page of pages) {
  const file = new URL(`../${page}`, import.meta.url)
  await writeFile(file, fillTables(await readFile(file, 'utf8')))
}
