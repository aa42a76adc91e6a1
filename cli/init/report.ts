import { styleText } from 'node:util'
import type { Conversion, Line } from '../../lib/migration/convert.ts'

const groups = {
  taken: 'Taken',
  already: 'Is so already',
  unneeded: 'Not needed',
  person: 'Needs you',
  unknown: 'Unknown',
} as const satisfies Record<Line['group'], string>

/** How many characters of a value make a column wide; longer ones shift their line. */
const WIDEST = 56

/** Line by line what became of each setting, grouped. */
export function conversionText({ system, name, lines }: Conversion): string {
  const given = lines.filter(({ isGiven }) => isGiven).length
  const parts = Object.entries(groups).flatMap(([group, title]) => {
    const own = lines.filter(line => line.group === group)
    return own.length === 0 ? [] : [`${bold(title)}\n${own.map(line => lineText(line, widthOf(lines))).join('\n')}`]
  })
  return [`${bold(name)}, from ${system.title}, ${given} settings`, ...parts].join('\n\n')
}

function widthOf(lines: Line[]): number {
  return lines
    .map(line => settingText(line).length)
    .reduce((most, width) => (width <= WIDEST ? Math.max(most, width) : most), 0)
}

function settingText({ setting, value, isGiven }: Line): string {
  if (isGiven) return `${setting} = ${value}`
  return value === '' ? setting : `${setting}, by default ${value}`
}

function lineText(line: Line, width: number): string {
  const keys = Object.entries(line.keys).map(([key, value]) => `${key}: ${valueText(value)}`)
  const said = line.said === undefined ? [] : [plain(line.said)]
  return `  ${settingText(line).padEnd(width)}  ${[...(keys.length > 0 ? [`→ ${keys.join(', ')}`] : []), ...said].join('; ')}`.trimEnd()
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Markdown as text. */
export function plain(text: string): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/`|\*\*/g, '')
}

/** What is set before a deployment. */
export function variablesText(variables: Record<string, string>): string {
  const width = Object.keys(variables).reduce((most, { length }) => Math.max(most, length), 0)
  const lines = Object.entries(variables).map(
    ([name, what]) => `  export ${name}=…${' '.repeat(width - name.length)}   # ${plain(what)}`,
  )
  return [bold('Set before you start or deploy'), ...lines].join('\n')
}

export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout })
}
