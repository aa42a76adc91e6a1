import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TYPES_FOLDER, variableTypes } from '../../../local/variable-types.ts'

const folder = join(import.meta.dirname, '../../..', TYPES_FOLDER)

test('the types of the variables are those of the sections; `npm run docs` writes them', () => {
  const written = readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')])
  expect(Object.fromEntries(written)).toEqual(variableTypes())
})
