const NUMBER = new Intl.NumberFormat('en')
const ONE_DIGIT = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const MEGABYTE = 1_000_000

/** `2,000`. */
export const numberText = (number: number) => NUMBER.format(number)

/** Megabytes of 1,000,000 bytes: `37.7`. Less than half a tenth of one, but not nothing, is `<0.1`. */
export function megabytesText(bytes: number): string {
  return bytes > 0 && bytes < 0.05 * MEGABYTE ? '<0.1' : ONE_DIGIT.format(bytes / MEGABYTE)
}

/** `1 record`, `2,000 records`. @param noun in the singular */
export const countText = (count: number, noun: string) => `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`

const MINUTE_S = 60
const HOUR_S = 3600

/** `0.4 s`, `12 s`, `2 min 5 s`, `3 h 20 min`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(milliseconds, 0) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < MINUTE_S) return `${whole} s`
  if (whole < HOUR_S) return `${Math.floor(whole / MINUTE_S)} min ${whole % MINUTE_S} s`
  return `${Math.floor(whole / HOUR_S)} h ${Math.floor((whole % HOUR_S) / MINUTE_S)} min`
}

/** `2026-11-29 16:45:00 UTC`. @param time in milliseconds since the epoch */
export const timeText = (time: number) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`
