import Table from 'cli-table3'

const nothing = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
] as const
const lines = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const
const chars = { ...Object.fromEntries([...nothing, ...lines].map(name => [name, ''])), middle: '   ' }

/** Rows with aligned columns and without borders. */
export function renderTable(rows: string[][], options: { head?: string[]; right?: number[] } = {}): string {
  const { head = [], right = [] } = options
  const colAligns = (rows[0] ?? head).map((_, column) =>
    right.includes(column) ? ('right' as const) : ('left' as const),
  )
  const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true }
  const table = new Table({ head, chars, colAligns, style })
  for (const row of rows) table.push(row)
  return table.toString().replaceAll(/ +$/gm, '')
}
