/** A name that is too long, without its middle: names of topics often differ at their ends. */
export function shortened(name: string, length: number): string {
  if (name.length <= length) return name
  const head = Math.ceil((length - 1) / 2)
  return `${name.slice(0, head)}…${name.slice(name.length - (length - 1 - head))}`
}
