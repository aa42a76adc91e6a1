import { html } from '../html.ts'
import { durationText } from './time.ts'

/** When a record was produced, to the millisecond, as records are compared by it. The day is left out where it is today. */
export function RecordTime({ time }: { time: number | null }) {
  if (time === null) return html`<span class="quiet">none</span>`
  const date = new Date(time)
  // A producer may write any number.
  if (Number.isNaN(date.getTime())) return html`<span class="quiet">${time}</span>`
  const clock = `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`
  const day = date.toLocaleDateString('en-CA')
  const isToday = day === new Date().toLocaleDateString('en-CA')
  const age = Date.now() - time
  const title = `${date.toISOString()}, ${age >= 0 ? `${durationText(age)} ago` : `${durationText(-age)} from now`}`
  return html`<time datetime=${date.toISOString()} title=${title}>${isToday ? clock : `${day} ${clock}`}</time>`
}
