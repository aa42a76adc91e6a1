import { readFile, writeFile } from 'node:fs/promises'
import { fillTables } from '../../../local/readme-tables.ts'
import { readProofs } from './proof.ts'
import { PAGE, proofTables } from './tables.ts'

const page = new URL(`../../../${PAGE}`, import.meta.url)
await writeFile(page, fillTables(await readFile(page, 'utf8'), proofTables(readProofs())))
