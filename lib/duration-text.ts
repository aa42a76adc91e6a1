/** Units of time, the largest first, in milliseconds. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/** `3 d`, `2 h`, `5 min`, `12 s`: whole units, rounded down. */
export function durationText(milliseconds: number): string {
  const [name, unit] = units.find(([, unit]) => milliseconds >= unit) ?? ['s', 1_000]
  return `${Math.floor(milliseconds / unit)} ${name}`
}
