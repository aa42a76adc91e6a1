import { stripVTControlCharacters } from 'node:util'
import { wrapped } from './health-text.ts'
import { renderTable } from './table.ts'

/** What a table shows. */
export interface Tabled {
  head: string[]
  rows: string[][]
  /** The columns of numbers. */
  right?: number[]
  /** How many columns name the row: the first line of its paragraph has them, without their heads. */
  titles: number
}

/** What separates words that stay on one line. */
const JOINED = '\u00a0'

/**
 * The rows of a table, or where the terminal is too narrow for it, a paragraph for each row.
 *
 * @param columns of the terminal; undefined where there is none
 * @returns no header for paragraphs
 */
export function fittedRows(tabled: Tabled, columns: number | undefined): { header?: string; texts: string[] } {
  const { head, rows, right, titles } = tabled
  const [header = '', ...texts] = renderTable(rows, { head, right }).split('\n')
  const width = [header, ...texts].reduce((most, line) => Math.max(most, stripVTControlCharacters(line).length), 0)
  if (columns === undefined || width <= columns) return { header, texts }
  return { texts: rows.map(row => paragraphOf(row, head, titles, columns)) }
}

/** The same as one text. */
export function fittedText(tabled: Tabled, columns: number | undefined): string {
  const { header, texts } = fittedRows(tabled, columns)
  return (header === undefined ? texts : [header, ...texts]).join('\n')
}

function paragraphOf(row: string[], head: string[], titles: number, columns: number): string {
  const figures = row.slice(titles).map((figure, index) => `${head[index + titles]} ${figure}`)
  const told = figures.map(text => text.replaceAll(' ', JOINED)).join(', ')
  return `${row.slice(0, titles).join('  ')}\n${wrapped(told, columns, '  ').replaceAll(JOINED, ' ')}`
}
