import { readFileSync } from 'node:fs'
import { commandNames, definitions, optionsOf } from '../../../lib/connectors/commands/definition.ts'
import { documents } from '../../../lib/connectors/commands/documents/index.ts'

const page = readFileSync(new URL('../../../docs/commands.md', import.meta.url), 'utf8')

test.each(commandNames)('the example of %s has options that the command has, and all that it requires', name => {
  const { example } = definitions[name]
  const options = optionsOf(name)
  const given = [...example.matchAll(/ --([a-z-]+)/g)].map(([, option = '']) => option)
  expect(example.split(' ')[0]).toBe(name)
  expect(given.filter(option => !(option in options))).toEqual([])
  const required = Object.keys(options).filter(option => options[option]?.required)
  expect(required.filter(option => !given.includes(option))).toEqual([])
})

test('a command has --json exactly if its document is registered', () => {
  expect(commandNames.filter(name => 'json' in optionsOf(name)).toSorted()).toEqual(Object.keys(documents).toSorted())
})

test('every field of a document has a meaning', () => {
  expect(page.match(/^\| .* \| {2}\|$/gm)).toBeNull()
})
