/**
 * A benchmark's result as JSON, with a line for each item of one list, so that a difference between two versions can be read.
 *
 * @param list the name of the list
 */
export function resultText<Name extends string>(
  result: Readonly<Record<Name, readonly unknown[]>>,
  list: Name,
): string {
  const { [list]: items, ...run } = result
  const lines = items.map(item => JSON.stringify(item))
  return `${JSON.stringify(run).slice(0, -1)},${JSON.stringify(list)}:[\n${lines.join(',\n')}\n]}\n`
}
