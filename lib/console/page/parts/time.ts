import { useEffect, useState } from 'preact/hooks'
import { html } from '../html.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in its two largest units, such as `3 min 20 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < SECOND) return `${Math.round(milliseconds)} ms`
  const units: [number, string][] = [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'min'],
    [SECOND, 's'],
  ]
  const first = units.findIndex(([length]) => milliseconds >= length)
  const parts = units.slice(first, first + 2).map(([length, name], index, all) => {
    const rest = index === 0 ? milliseconds : milliseconds % (all[0]?.[0] ?? 1)
    return [Math.floor(rest / length), name] as const
  })
  return parts.flatMap(([count, name]) => (count > 0 ? [`${count} ${name}`] : [])).join(' ')
}

/** Made once: `toLocaleString` makes one for each call, which takes seconds for a log of 500 lines. */
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** Instead of a number that a header or a producer gives as a time, and that is none. */
const NO_TIME = 'no valid time'

/** Whether a number of milliseconds since the epoch is a time: up to 8.64e15 (ECMAScript, "Time Values and Time Range"). */
export function isTime(time: number): boolean {
  return !Number.isNaN(new Date(time).getTime())
}

/** A point in time as the page shows it: the person's own clock and zone. */
export function timeText(time: number): string {
  return isTime(time) ? clock.format(time) : NO_TIME
}

/** The time of now, each second, in milliseconds since the epoch. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND)
    return () => clearInterval(timer)
  }, [])
  return now
}

/** How long ago something was, kept up to date. */
export function Ago({ time }: { time: number }) {
  const now = useNow()
  if (!isTime(time)) return html`<span class="quiet">${NO_TIME}</span>`
  const age = Math.max(0, now - time)
  return html`<time datetime=${new Date(time).toISOString()} title=${timeText(time)}>${
    age < SECOND ? 'now' : `${durationText(age)} ago`
  }</time>`
}
