const NUMBER = new Intl.NumberFormat('en')

/** A table of a page. Cells must not have line breaks or bars. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function count(number: number): string {
  return NUMBER.format(number)
}

/** `1.2 s` */
export function seconds(milliseconds: number): string {
  return `${NUMBER.format(Number((milliseconds / 1_000).toFixed(1)))} s`
}

/** `2 STORE_UNAVAILABLE, 1 …`; empty for none. */
export function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([name, number]) => `${count(number)} ${name}`)
    .join(', ')
}

export function code(name: string): string {
  return `\`${name}\``
}
