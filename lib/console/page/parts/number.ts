/** A number with its thousands apart. */
export function numberText(count: number): string {
  return count.toLocaleString('en', { maximumFractionDigits: count < 10 ? 1 : 0 })
}

/** From here on a number is written shorter where there is little room. */
const LARGE = 100_000

/** A number where there is little room: with its thousands apart or, if it is large, such as `1.23M`. */
export function shortNumberText(count: number): string {
  if (count < LARGE) return numberText(count)
  return count.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 })
}

/** A number and what it counts: `1 record`, `2 records`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** A number of bytes in the unit that fits, by thousands. */
export function bytesText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1)
  return `${numberText(bytes / 1000 ** power)} ${UNITS[power]}`
}
