import { slotReader } from '../../../lib/compaction/slot.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The times at which a new slot begins, of all minutes within an hour range. */
function boundaries(timeZone: string, intervalMs: number, from: string, to: string): string[] {
  const slotOf = slotReader(timeZone, intervalMs)
  const found: string[] = []
  for (let time = Date.parse(from); time < Date.parse(to); time += MINUTE)
    if (slotOf(time) !== slotOf(time - 1)) found.push(new Date(time).toISOString().slice(5, 16))
  return found
}

test('slots begin at midnight and after each interval by the clock of the time zone', () => {
  const quarters = boundaries('Asia/Kathmandu', 6 * HOUR, '2026-06-01T00:00Z', '2026-06-02T00:00Z')
  // 06:00, 12:00, 18:00 and 00:00 at five hours and three quarters east of UTC.
  expect(quarters).toEqual(['06-01T00:15', '06-01T06:15', '06-01T12:15', '06-01T18:15'])
})

// Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
test('an hour that daylight saving time skips has no slot, and days keep their midnight', () => {
  const hours = boundaries('Europe/Berlin', HOUR, '2026-03-28T23:00Z', '2026-03-29T03:00Z')
  expect(hours).toEqual(['03-28T23:00', '03-29T00:00', '03-29T01:00', '03-29T02:00'])
  const days = boundaries('Europe/Berlin', 24 * HOUR, '2026-03-28T00:00Z', '2026-03-31T00:00Z')
  expect(days).toEqual(['03-28T23:00', '03-29T22:00', '03-30T22:00'])
})

test('an hour that daylight saving time repeats is one slot, and its parts come twice', () => {
  const hours = boundaries('Europe/Berlin', HOUR, '2026-10-24T23:00Z', '2026-10-25T03:00Z')
  expect(hours).toEqual(['10-24T23:00', '10-25T00:00', '10-25T02:00'])
  const halves = boundaries('Europe/Berlin', 30 * MINUTE, '2026-10-25T00:00Z', '2026-10-25T02:00Z')
  expect(halves).toEqual(['10-25T00:00', '10-25T00:30', '10-25T01:00', '10-25T01:30'])
})

// Lord Howe moves its clocks by half an hour, from 02:00 to 01:30 on 5 April 2026.
test('half an hour that is repeated lengthens the slot that it is in', () => {
  const hours = boundaries('Australia/Lord_Howe', HOUR, '2026-04-04T13:00Z', '2026-04-04T17:00Z')
  expect(hours).toEqual(['04-04T13:00', '04-04T14:00', '04-04T15:30', '04-04T16:30'])
})

test('intervals that don’t divide the day start over at midnight', () => {
  const found = boundaries('UTC', 7 * HOUR, '2026-06-01T00:00Z', '2026-06-02T01:00Z')
  expect(found).toEqual(['06-01T00:00', '06-01T07:00', '06-01T14:00', '06-01T21:00', '06-02T00:00'])
})

test('intervals of less than a minute are told apart', () => {
  const slotOf = slotReader('America/St_Johns', 10_000)
  const start = Date.parse('2026-06-01T12:00:00Z')
  const slots = Array.from({ length: 60 }, (_, second) => slotOf(start + second * 1000))
  expect(new Set(slots).size).toBe(6)
  expect(slots).toEqual(slots.toSorted())
})
