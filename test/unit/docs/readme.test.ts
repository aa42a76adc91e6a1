import { globSync, readFileSync } from 'node:fs'
import { descriptionOf, isReferable } from '../../../lib/config/variable.ts'
import type { DeployedFunction } from '../../../lib/connectors/resources/deployed-function.ts'
import { type DeployedFunctionName, deployedFunctions } from '../../../lib/connectors/resources/deployed-functions.ts'
import { connectorsSchema, SCHEMA_FILE } from '../../../local/connectors-schema.ts'
import { COST_PLOT, costPlot } from '../../../local/cost-plot.ts'
import { fillTables, pages } from '../../../local/readme-tables.ts'

const text = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

test.each(pages)('the tables of %s are those of the sources (npm run docs writes them)', page => {
  expect(fillTables(text(page))).toBe(text(page))
})

// A wrapped page had the lines of a code block joined into one, fences and all.
test.each(globSync(['*.md', 'docs/**/*.md', 'lib/**/*.md'], { cwd: new URL('../../..', import.meta.url) }))(
  'code blocks of %s have their fences on lines of their own',
  page => {
    const fences = text(page)
      .split('\n')
      .filter(line => line.includes('```'))
    for (const fence of fences) expect(fence).toMatch(/^ *(\d+\. |- )?```[a-z]*$/)
    expect(fences.length % 2).toBe(0)
  },
)

test('the plot of costs is that of the sources (npm run docs writes it)', () => {
  expect(text(COST_PLOT)).toBe(costPlot())
})

test('the JSON schema of connectors is that of the sources (npm run docs writes it)', () => {
  expect(text(SCHEMA_FILE)).toBe(connectorsSchema())
})

/** The functions whose handlers a serverless.yml names. */
function functionsIn(page: string): DeployedFunction[] {
  const names = Array.from(page.matchAll(/handler: functions\/([a-z-]+)\.handler/g), ([, name]) => name)
  return names.map(name => deployedFunctions[name as DeployedFunctionName])
}

test.each(['serverless.yml', 'serverless.replicate.yml'])('%s passes every variable to its functions', file => {
  const page = text(file)
  const functions = functionsIn(page)
  expect(functions.length).toBeGreaterThan(0)
  for (const { prefix, variables } of functions.flatMap(({ sections }) => Object.values(sections))) {
    for (const [name, schema] of Object.entries(variables)) {
      const references = isReferable(descriptionOf(schema as never)) ? ['_SECRET_ARN', '_PARAMETER'] : []
      for (const suffix of ['', ...references]) {
        expect(page).toMatch(new RegExp(`^ +${prefix}${name}${suffix}: `, 'm'))
      }
    }
  }
})
