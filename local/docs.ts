import { readFile, writeFile } from 'node:fs/promises'
import { connectorsSchema, SCHEMA_FILE } from './connectors-schema.ts'
import { COST_PLOT, costPlot } from './cost-plot.ts'
import { fillTables, pages } from './readme-tables.ts'
import { TYPES_FOLDER, variableTypes } from './variable-types.ts'

for (const page of pages) {
  const file = new URL(`../${page}`, import.meta.url)
  await writeFile(file, fillTables(await readFile(file, 'utf8')))
}
await writeFile(new URL(`../${SCHEMA_FILE}`, import.meta.url), connectorsSchema())
await writeFile(new URL(`../${COST_PLOT}`, import.meta.url), costPlot())
for (const [name, content] of Object.entries(variableTypes())) {
  await writeFile(new URL(`../${TYPES_FOLDER}/${name}`, import.meta.url), content)
}
