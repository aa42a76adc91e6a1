import { fittedText } from '../../../../lib/connectors/commands/fitted-rows.ts'

const tabled = {
  head: ['connector', 'state', 'lag', 'failed 24 h', 'last success'],
  rows: [
    ['lake', 'RUNNING', '0', '0', '5 min ago'],
    ['strict', 'STOPPED', '1', '2', '–'],
  ],
  right: [2, 3],
  titles: 2,
}

test('what fits is a table, also where there is no terminal', () => {
  const table = fittedText(tabled, undefined)
  expect(table.split('\n').map(line => line.split(/ {2,}/))).toEqual([tabled.head, ...tabled.rows])
  expect(fittedText(tabled, 100)).toBe(table)
})

test('in a narrow terminal each row is a paragraph, and no figure is broken', () => {
  expect(fittedText(tabled, 30).split('\n')).toEqual([
    'lake  RUNNING',
    '  lag 0, failed 24 h 0,',
    '  last success 5 min ago',
    'strict  STOPPED',
    '  lag 1, failed 24 h 2,',
    '  last success –',
  ])
})
