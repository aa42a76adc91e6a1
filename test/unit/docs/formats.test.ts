import { readFileSync } from 'node:fs'
import { compressionNames } from '../../../lib/formats/compression.ts'
import { formatNames } from '../../../lib/formats/index.ts'
import { valueFormatNames } from '../../../lib/values/index.ts'

const page = readFileSync(new URL('../../../docs/formats.md', import.meta.url), 'utf8')

/** The first cell of each row of the table whose first column has this title. */
function rowsOf(title: string): string[] {
  const table = page.split(`| \`${title}\` |`)[1]?.split('\n\n')[0] ?? ''
  return [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell]) => cell?.match(/(?<=`)[\w-]+(?=`)/g) ?? [])
}

describe('docs/formats.md has a row for', () => {
  test('each format, in the order of the register', () => {
    expect(rowsOf('FORMAT')).toEqual(formatNames)
  })

  test('each compression', () => {
    expect(rowsOf('COMPRESSION').toSorted()).toEqual(compressionNames.toSorted())
  })

  test('each format of values', () => {
    expect(rowsOf('VALUE_FORMAT').toSorted()).toEqual(valueFormatNames.toSorted())
  })
})
