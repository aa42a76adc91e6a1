import { readFile, writeFile } from 'node:fs/promises'
import { fillTables } from '../../../local/readme-tables.ts'
import { benchmarkPictures, benchmarkTables, PAGE, readResults } from './page.ts'

const root = new URL('../../../', import.meta.url)
const page = new URL(PAGE, root)
await writeFile(page, fillTables(await readFile(page, 'utf8'), benchmarkTables(readResults)))
for (const [file, picture] of Object.entries(benchmarkPictures(readResults))) {
  await writeFile(new URL(file, root), picture)
}
