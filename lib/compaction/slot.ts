/** Since 1972 the offsets of all time zones are whole minutes, so all times within a minute have the same local one. */
const MINUTE_MS = 60_000

/** Local minutes that are kept, for the next times within them. */
const MAX_MINUTES = 10_000

/** The local date and the milliseconds since midnight, of a time's minute. */
type LocalMinute = (minute: number) => { date: string; ms: number }

/** Making one takes as long as planning hundreds of objects does. There are as many as time zones in use: one, as a rule. */
const clocks = new Map<string, LocalMinute>()

/**
 * Tells which slot of the wall clock a time is in: the local date, and the number of the interval since midnight. Slots of
 * times that ascend have names that ascend, except when clocks are set back: then an hour's slots come twice.
 *
 * @param timeZone an IANA name
 * @param intervalMs a day at most
 * @returns a function of a time, in milliseconds since the epoch
 */
export function slotReader(timeZone: string, intervalMs: number): (time: number) => string {
  const localMinute = clocks.get(timeZone) ?? clockOf(timeZone)
  clocks.set(timeZone, localMinute)
  return time => {
    const minute = Math.floor(time / MINUTE_MS)
    const { date, ms } = localMinute(minute)
    const slot = Math.floor((ms + time - minute * MINUTE_MS) / intervalMs)
    return `${date} ${String(slot).padStart(8, '0')}`
  }
}

function clockOf(timeZone: string): LocalMinute {
  const clock = new Intl.DateTimeFormat('en', {
    ...{ timeZone, hourCycle: 'h23', calendar: 'gregory', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const minutes = new Map<number, { date: string; ms: number }>()
  return minute => {
    const known = minutes.get(minute)
    if (known) return known
    const parts = Object.fromEntries(clock.formatToParts(minute * MINUTE_MS).map(({ type, value }) => [type, value]))
    const date = `${String(parts.year).padStart(4, '0')}-${parts.month}-${parts.day}`
    const local = { date, ms: (Number(parts.hour) * 60 + Number(parts.minute)) * MINUTE_MS }
    if (minutes.size === MAX_MINUTES) minutes.clear()
    minutes.set(minute, local)
    return local
  }
}
