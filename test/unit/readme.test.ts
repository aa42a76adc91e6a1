import { readFileSync } from 'node:fs'
import { fillTables } from '../../local/readme-tables.ts'

test('the tables of README.md are those of the sources (npm run docs writes them)', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(fillTables(readme)).toBe(readme)
})

test('serverless.yml passes every variable of dump to the function', async () => {
  const { dumpSections } = await import('../../lib/config/dump.ts')
  const serverless = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')
  for (const { prefix, variables } of Object.values(dumpSections)) {
    for (const name of Object.keys(variables)) expect(serverless).toContain(`\n      ${prefix}${name}: `)
  }
})
